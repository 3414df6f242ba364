// How long a text is for a model whose tokenizer is not at hand.

const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/gu;

/** A cautious guess: a token for a character of Chinese, Japanese or Korean, one for three others. */
export function estimateTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 3);
}
