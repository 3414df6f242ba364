// Formulas in Markdown: $..$ and \(..\) in a line, $$..$$ and \[..\] on their own. Drawn as MathML, which needs no fonts and no styles.
import katex from 'katex';
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

const LONGEST = 10_000;
const drawn = new Map<string, string>();

/** MathML for a formula, or undefined if it is not one. */
export function renderFormula(tex: string, display: boolean): string | undefined {
  const key = `${display ? 'd' : 'i'}${tex}`;
  const known = drawn.get(key);
  if (known !== undefined) return known === '' ? undefined : known;
  let mathml = '';
  try {
    const html = katex.renderToString(tex, { output: 'mathml', displayMode: display, throwOnError: true, strict: 'ignore', trust: false, maxExpand: 200, maxSize: 20 });
    // The source text is meant for other programs; styles are not allowed on this page.
    mathml = html.replace(/<annotation[^>]*>[\s\S]*?<\/annotation>/g, '').replace(/ style="[^"]*"/g, '');
  } catch {
    // Not finished yet, or a price.
  }
  if (drawn.size > 500) drawn.clear();
  drawn.set(key, mathml);
  return mathml === '' ? undefined : mathml;
}

interface Delimiter {
  open: string;
  close: string;
  display: boolean;
}

const DELIMITERS: readonly Delimiter[] = [
  { open: '$$', close: '$$', display: true },
  { open: '\\[', close: '\\]', display: true },
  { open: '\\(', close: '\\)', display: false },
  { open: '$', close: '$', display: false },
];

function findClose(text: string, from: number, close: string): number {
  for (let at = from; at < text.length && at - from <= LONGEST; ++at) {
    if (text.startsWith(close, at)) return at;
    if (text[at] === '\\') ++at;
  }
  return -1;
}

// "$5 and $6" is money: a formula begins and ends with something, and no digit follows it (as in Pandoc).
function isFormula(delimiter: Delimiter, tex: string, after: string | undefined): boolean {
  if (tex.trim() === '') return false;
  if (delimiter.open !== '$') return true;
  return !/^\s|\s$|\n\n/.test(tex) && !/\d/.test(after ?? '');
}

function inline(state: StateInline, silent: boolean): boolean {
  const delimiter = DELIMITERS.find(({ open }) => state.src.startsWith(open, state.pos));
  if (!delimiter) return false;
  const from = state.pos + delimiter.open.length;
  const end = findClose(state.src, from, delimiter.close);
  if (end < 0 || end > state.posMax) return false;
  const tex = state.src.slice(from, end);
  const next = end + delimiter.close.length;
  if (!isFormula(delimiter, tex, state.src[next])) return false;
  if (!silent) {
    const token = state.push('formula', 'math', 0);
    token.content = tex;
    token.markup = delimiter.open;
    token.block = false;
    token.meta = { display: delimiter.display };
  }
  state.pos = next;
  return true;
}

function block(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const begin = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  const delimiter = DELIMITERS.find(({ open, display }) => display && state.src.startsWith(open, begin));
  if (!delimiter) return false;
  // To the end of the paragraph's lines; the formula must end one of them.
  const from = begin + delimiter.open.length;
  const limit = state.eMarks[endLine - 1] ?? state.src.length;
  const end = findClose(state.src.slice(0, limit), from, delimiter.close);
  if (end < 0) return false;
  const after = end + delimiter.close.length;
  let line = startLine;
  while (line < endLine && (state.eMarks[line] ?? 0) < after) ++line;
  if (line >= endLine || state.src.slice(after, state.eMarks[line]).trim() !== '') return false;
  if (silent) return true;
  const lines = state.getLines(startLine, line + 1, state.blkIndent, false);
  const token = state.push('formula', 'math', 0);
  token.content = lines.slice(lines.indexOf(delimiter.open) + delimiter.open.length, lines.lastIndexOf(delimiter.close));
  token.markup = delimiter.open;
  token.block = true;
  token.map = [startLine, line + 1];
  token.meta = { display: true };
  state.line = line + 1;
  return true;
}

export function formulas(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'formula', inline);
  md.block.ruler.before('fence', 'formula', block, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
  md.renderer.rules.formula = (tokens, index) => {
    const token = tokens[index];
    if (!token) return '';
    const { display } = token.meta as { display: boolean };
    const mathml = renderFormula(token.content, display);
    const source = md.utils.escapeHtml(`${token.markup}${token.content}${token.markup.replace('[', ']').replace('(', ')')}`);
    if (mathml === undefined) return token.block ? `<p>${source}</p>\n` : source;
    return display ? `<div class="formula">${mathml}</div>${token.block ? '\n' : ''}` : mathml;
  };
}
