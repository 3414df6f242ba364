// Words to search by. Scripts without spaces are cut into pairs of characters.

const RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]+|[\p{L}\p{M}\p{N}_]+/gu;
const PAIRED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const COMMON = new Set(
  'a an and are as at be but by can do does for from has have how i in is it its me my of on or so that the their there they this to was we were what when where which who why will with you your'.split(
    ' ',
  ),
);

// "stations" and "station" are one word. Crude on purpose: both sides are cut alike.
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1);
  return word;
}

function pairs(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** The search terms of a text, in order, repeated as often as they occur. */
export function searchTerms(text: string): string[] {
  const terms: string[] = [];
  for (const [run] of text.normalize('NFKC').toLowerCase().matchAll(RUN)) {
    if (PAIRED.test(run)) terms.push(...pairs(run));
    else if (!COMMON.has(run)) terms.push(stem(run));
  }
  return terms;
}
