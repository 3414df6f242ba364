// From documents and a question to numbered sources in the prompt, and back from an answer to what it cites.
import type { Source } from '../model/types';
import { rank } from './bm25';
import { splitIntoPassages } from './passages';
import { estimateTokens } from './tokens';

export interface NamedText {
  name: string;
  text: string;
}

const MOST_SOURCES = 6;
const WEAKEST = 0.25;

/**
 * The passages to answer from, of about `budget` tokens together. All of them, in their order, where they fit; else those that have most
 * to do with the question; else, where no word of it occurs ("sum this up"), the beginning of each document.
 */
export function findSources(documents: readonly NamedText[], question: string, budget: number): Source[] {
  const all = documents.map(({ name, text }) => splitIntoPassages(text).map((passage): Source => ({ document: name, ...passage })));
  const flat = all.flat();
  const size = (source: Source): number => estimateTokens(source.text) + estimateTokens(source.document) + 6;
  const total = flat.reduce((sum, source) => sum + size(source), 0);
  if (flat.length <= MOST_SOURCES && total <= budget) return flat;
  const hits = rank(flat.map((source) => `${source.document}\n${source.text}`), question);
  // What shares a common word only would be noise beside what shares the rare ones.
  const least = (hits[0]?.score ?? 0) * WEAKEST;
  const order = hits.length > 0 ? hits.filter((hit) => hit.score >= least).map((hit) => flat[hit.index]) : all.map((passages) => passages[0]);
  const chosen: Source[] = [];
  let left = budget;
  for (const source of order) {
    if (!source || chosen.length === MOST_SOURCES) continue;
    if (size(source) > left) continue;
    left -= size(source);
    chosen.push(source);
  }
  return chosen;
}

const CHINESE = /\p{Script=Han}/u;

/** The question with its sources before it, in the question's language. */
export function withSources(question: string, sources: readonly Source[]): string {
  if (sources.length === 0) return question;
  const list = sources.map((source, index) => `[${index + 1}] ${source.document}\n${source.text}`).join('\n\n');
  return CHINESE.test(question)
    ? `以下是用户提供的资料片段：\n\n${list}\n\n请根据这些资料回答下面的问题，并在用到处以 [1] 这样的编号注明出处；资料里没有的，请直说。\n\n问题：${question}`
    : `These are passages from the user's documents:\n\n${list}\n\nAnswer the question from these passages and cite them by number, like [1], where you use them; say so if they do not hold the answer.\n\nQuestion: ${question}`;
}

/** The numbers of sources that an answer cites: [1], [1, 3], 【2】. */
export function citedNumbers(answer: string, sources: number): Set<number> {
  const cited = new Set<number>();
  for (const [, list] of answer.matchAll(/[[【]\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]】]/gu)) {
    for (const number of (list ?? '').split(/[,，、]/u)) {
      const value = Number(number);
      if (value >= 1 && value <= sources) cited.add(value);
    }
  }
  return cited;
}
