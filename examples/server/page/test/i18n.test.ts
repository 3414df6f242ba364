import { describe, expect, it } from 'vitest';
import { bytes, duration, fill, texts } from '../src/i18n';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';
import { changeSettings } from '../src/state/settings';

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

describe('the two languages', () => {
  it('have the same texts with the same holes in them', () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    for (const [name, text] of Object.entries(en)) {
      const other = zh[name as keyof typeof zh];
      expect([other].flat().map(holes), name).toEqual([text].flat().map(holes));
    }
  });

  it('are chosen by the settings', () => {
    changeSettings({ language: 'zh' });
    expect(texts.value).toBe(zh);
    expect([duration(12.4), duration(1500), duration(125_000)]).toEqual(['12 毫秒', '1.5 秒', '2 分 5 秒']);
    changeSettings({ language: 'en' });
    expect(texts.value).toBe(en);
    expect([duration(12.4), duration(1500), duration(125_000)]).toEqual(['12 ms', '1.5 s', '2 min 5 s']);
  });
});

describe('texts', () => {
  it('are filled in once, and never by what was filled in', () => {
    expect(fill('{a} of {b} and {c}', { a: '{b}', b: 2 })).toBe('{b} of 2 and {c}');
    expect(fill('{toString}', {})).toBe('{toString}');
  });

  it('give sizes as memory is sold', () => {
    expect([512, 15 * 1024 * 1024, 1.5 * 1024 ** 3, 200 * 1024 ** 3].map(bytes)).toEqual(['512 B', '15 MB', '1.5 GB', '200 GB']);
  });
});
