// Okapi BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"), with the idf that is never negative.
import { searchTerms } from './terms';

const K1 = 1.2;
const B = 0.75;

export interface Hit {
  /** Of the text in the list that was searched. */
  index: number;
  score: number;
}

/** The texts that share a term with the query, best first; equal ones in their order. */
export function rank(texts: readonly string[], query: string): Hit[] {
  const wanted = new Set(searchTerms(query));
  if (wanted.size === 0) return [];
  const documents = texts.map((text) => {
    const counts = new Map<string, number>();
    const terms = searchTerms(text);
    for (const term of terms) if (wanted.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
    return { counts, length: terms.length };
  });
  const average = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(1, documents.length);
  const idf = new Map<string, number>();
  for (const term of wanted) {
    const having = documents.filter(({ counts }) => counts.has(term)).length;
    idf.set(term, Math.log(1 + (documents.length - having + 0.5) / (having + 0.5)));
  }
  const hits: Hit[] = [];
  documents.forEach(({ counts, length }, index) => {
    let score = 0;
    for (const [term, count] of counts) {
      score += ((idf.get(term) ?? 0) * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / average));
    }
    if (score > 0) hits.push({ index, score });
  });
  return hits.sort((a, b) => b.score - a.score || a.index - b.index);
}
