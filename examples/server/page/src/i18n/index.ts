import { computed } from '@preact/signals';
import { settings } from '../state/settings';
import { en, type Messages } from './en';
import { zh } from './zh';

/** The texts in the language that was chosen, or else the browser's. */
export const texts = computed<Messages>(() => {
  const { language } = settings.value;
  const chinese = language === 'auto' ? navigator.language.toLowerCase().startsWith('zh') : language === 'zh';
  return chinese ? zh : en;
});

/** Puts values into a text: fill("{count} tokens", { count: 3 }). */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** "12 ms", "0.8 s", "2 min 5 s". */
export function duration(milliseconds: number): string {
  const chinese = texts.value.language !== 'en';
  const seconds = milliseconds / 1000;
  if (milliseconds < 100) return `${Math.round(milliseconds)} ${chinese ? '毫秒' : 'ms'}`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} ${chinese ? '秒' : 's'}`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds - minutes * 60);
  return chinese ? `${minutes} 分 ${rest} 秒` : `${minutes} min ${rest} s`;
}

/** "1.5 GB" (binary multiples, as memory is sold). */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    ++unit;
  }
  return `${count.toFixed(unit > 2 && count < 100 ? 1 : 0)} ${units[unit] ?? 'B'}`;
}

export function integer(count: number): string {
  return count.toLocaleString(texts.value.language);
}
