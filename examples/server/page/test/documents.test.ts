import { describe, expect, it } from 'vitest';
import { rank } from '../src/documents/bm25';
import { decodeText, FileError, MOST_BYTES, readTextFile } from '../src/documents/files';
import { splitIntoPassages } from '../src/documents/passages';
import { citedNumbers, findSources, withSources } from '../src/documents/sources';
import { searchTerms } from '../src/documents/terms';
import { estimateTokens } from '../src/documents/tokens';

describe('search terms', () => {
  it('are words, and pairs of characters where there are no spaces', () => {
    expect(searchTerms('The Stations are open: 9 o’clock, café')).toEqual(['station', 'open', '9', 'o', 'clock', 'café']);
    expect(searchTerms('车站开门 at 九')).toEqual(['车站', '站开', '开门', '九']);
    expect(searchTerms('ＡＢＣ cities')).toEqual(['abc', 'city']);
  });
});

describe('BM25', () => {
  it('gives the numbers that the formula gives by hand', () => {
    // Three texts of 2, 2 and 4 terms, average 8/3; "apple" in one of them, once: idf = ln(1 + (3 - 1 + 0.5) / 1.5).
    const hits = rank(['apple pear', 'plum pear', 'plum fig lemon melon'], 'apple');
    expect(hits).toHaveLength(1);
    expect(hits[0]?.index).toBe(0);
    expect(hits[0]?.score).toBeCloseTo((Math.log(1 + 2.5 / 1.5) * 2.2) / (1 + 1.2 * (0.25 + (0.75 * 2) / (8 / 3))), 12);
  });

  it('prefers rare words, and short texts', () => {
    const texts = ['the cat sat with a cat', 'dog and cat', 'cat cat dog zebra mouse horse cow', 'zebra'];
    expect(rank(texts, 'zebra cat').map((hit) => hit.index)[0]).toBe(3);
    expect(rank(texts, 'nothing of it')).toEqual([]);
    expect(rank(texts, '')).toEqual([]);
    expect(rank([], 'cat')).toEqual([]);
  });

  it('finds Chinese', () => {
    expect(rank(['图书馆周日休息', '车站早上九点开门', '食堂在二楼'], '车站几点开门？')[0]?.index).toBe(1);
  });
});

describe('passages', () => {
  const text = Array.from({ length: 40 }, (_, index) => `# Part ${index}\n\nLine one of ${index}.\nLine two, a little longer than the first.`).join('\n\n');

  it('keep every word, in order, with the right lines', () => {
    const passages = splitIntoPassages(text, 60);
    expect(passages.length).toBeGreaterThan(10);
    expect(passages.map((passage) => passage.text).join(' ').replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
    const lines = text.split('\n');
    for (const passage of passages) {
      expect(lines.slice(passage.firstLine - 1, passage.lastLine).join('\n').replace(/\s+/g, ' ').trim()).toBe(passage.text.replace(/\s+/g, ' '));
      expect(estimateTokens(passage.text)).toBeLessThanOrEqual(70);
    }
  });

  it('begin with the heading they belong to', () => {
    for (const passage of splitIntoPassages(text, 60)) expect(passage.text).toMatch(/^# Part/);
  });

  it('end even where the text never does', () => {
    for (const endless of ['x'.repeat(20_000), '字'.repeat(20_000), 'word '.repeat(5_000), '😀'.repeat(5_000)]) {
      const passages = splitIntoPassages(endless, 100);
      expect(passages.map((passage) => passage.text).join('').replace(/\s/g, '')).toBe(endless.replace(/\s/g, ''));
      for (const passage of passages) expect(estimateTokens(passage.text)).toBeLessThanOrEqual(110);
    }
    expect(splitIntoPassages('\n \n\r\n')).toEqual([]);
  });
});

describe('sources', () => {
  const notes = { name: 'notes.md', text: 'The station opens at nine.' };
  const filler = { name: 'filler.txt', text: Array.from({ length: 60 }, (_, index) => `Office ${index} is on the ground floor, behind the stairs, next to the lift and the lamp.`.repeat(4)).join('\n\n') };

  it('are everything where everything fits', () => {
    expect(findSources([notes], 'Sum this up', 1000)).toEqual([{ document: 'notes.md', firstLine: 1, lastLine: 1, text: notes.text }]);
  });

  it('are the passages that fit the question, within the budget', () => {
    const found = findSources([filler, notes], 'When does the station open?', 500);
    expect(found[0]).toMatchObject({ document: 'notes.md', text: notes.text });
    const many = findSources([filler], 'Which office is on the ground floor?', 500);
    expect(many.length).toBeGreaterThan(0);
    expect(many.reduce((sum, source) => sum + estimateTokens(source.text), 0)).toBeLessThanOrEqual(500);
  });

  it('are the beginnings where no word of the question occurs', () => {
    expect(findSources([filler, notes], '总结一下', 500).map((source) => [source.document, source.firstLine])).toEqual([['filler.txt', 1], ['notes.md', 1]]);
    expect(findSources([], 'x', 500)).toEqual([]);
    expect(findSources([filler], 'office', 0)).toEqual([]);
  });

  it('stand numbered before the question, in its language', () => {
    const sources = findSources([notes], 'x', 1000);
    expect(withSources('When?', sources)).toContain('[1] notes.md\nThe station opens at nine.');
    expect(withSources('When?', sources)).toMatch(/Question: When\?$/);
    expect(withSources('几点？', sources)).toMatch(/问题：几点？$/);
    expect(withSources('When?', [])).toBe('When?');
  });

  it('are found again in the answer', () => {
    expect([...citedNumbers('At nine [1], or ten [2, 3]；见【4】。 Not [9], not a[0], [x].', 5)]).toEqual([1, 2, 3, 4]);
  });
});

describe('files', () => {
  it('are read in the encodings that they have', () => {
    expect(decodeText(new TextEncoder().encode('九点 nine'))).toBe('九点 nine');
    expect(decodeText(new Uint8Array([0xbe, 0xc5, 0xb5, 0xe3]))).toBe('九点'); // GB18030
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0x5d, 0x4e]))).toBe('九');
    expect(() => decodeText(new Uint8Array([1, 0, 2]))).toThrow(FileError);
    expect(() => decodeText(new Uint8Array([0xff, 0xff, 0xff]))).toThrow(FileError);
  });

  it('have a size', async () => {
    const file = (size: number): File => {
      const bytes = new Uint8Array(size).fill(97);
      return Object.assign(new File([bytes], 'a.txt'), { arrayBuffer: () => Promise.resolve(bytes.buffer) });
    };
    await expect(readTextFile(file(MOST_BYTES + 1))).rejects.toMatchObject({ problem: 'large' });
    await expect(readTextFile(file(0))).rejects.toMatchObject({ problem: 'empty' });
    expect(await readTextFile(file(3))).toBe('aaa');
  });
});
