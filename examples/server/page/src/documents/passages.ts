// Cuts a text into passages: whole paragraphs where they fit, else lines, else sentences.
import { estimateTokens } from './tokens';

export interface Passage {
  /** Counted from 1. */
  firstLine: number;
  lastLine: number;
  text: string;
}

interface Piece {
  line: number;
  text: string;
  /** A passage may end before this piece without harm. */
  opens: boolean;
}

const SENTENCE = /[^.!?。！？；;]+[.!?。！？；;]*["'”’」』)）]*\s*/gu;

function splitLong(text: string, most: number): string[] {
  if (estimateTokens(text) <= most) return [text];
  const parts: string[] = [];
  let open = '';
  const add = (piece: string): void => {
    if (open !== '' && estimateTokens(open + piece) > most) {
      parts.push(open);
      open = '';
    }
    open += piece;
  };
  for (const sentence of text.match(SENTENCE) ?? [text]) {
    if (estimateTokens(sentence) <= most) {
      add(sentence);
      continue;
    }
    // No end of a sentence for long: cut by length. `most` characters are never more than `most` tokens by our estimate.
    const characters = Array.from(sentence);
    for (let from = 0; from < characters.length; from += most) add(characters.slice(from, from + most).join(''));
  }
  if (open !== '') parts.push(open);
  return parts;
}

function pieces(text: string, most: number): Piece[] {
  const found: Piece[] = [];
  let opens = true;
  text.split(/\r\n|\n|\r/).forEach((line, index) => {
    if (line.trim() === '') {
      opens = true;
      return;
    }
    const heading = /^#{1,6}\s/.test(line);
    for (const part of splitLong(line, most)) found.push({ line: index + 1, text: part, opens: opens || heading });
    opens = false;
  });
  return found;
}

/** Passages of about `most` tokens at most, in order. Blank lines and headings are where one rather ends. */
export function splitIntoPassages(text: string, most = 160): Passage[] {
  const passages: Passage[] = [];
  let open: Piece[] = [];
  let tokens = 0;
  const close = (): void => {
    const first = open[0];
    const last = open.at(-1);
    if (!first || !last) return;
    const lines = open.map((piece, index) => {
      if (index === 0) return piece.text;
      if (piece.line === open[index - 1]?.line) return piece.text;
      return (piece.opens ? '\n\n' : '\n') + piece.text;
    });
    passages.push({ firstLine: first.line, lastLine: last.line, text: lines.join('').trim() });
    open = [];
    tokens = 0;
  };
  for (const piece of pieces(text, most)) {
    const size = estimateTokens(piece.text);
    const full = tokens + size > most;
    const enough = piece.opens && tokens > most / 2;
    if (full || enough) close();
    open.push(piece);
    tokens += size;
  }
  close();
  return passages;
}
