import { effect, signal } from '@preact/signals';
import { loadSettings, saveSettings, type Settings } from '../store/settings';

export const settings = signal<Settings>(loadSettings());

/** Changes some settings; undefined gives a number back to the server. */
export function changeSettings(change: Partial<{ [Name in keyof Settings]: Settings[Name] | undefined }>): void {
  const next: Record<string, unknown> = { ...settings.value, ...change };
  for (const name of Object.keys(next)) if (next[name] === undefined) delete next[name];
  settings.value = next as unknown as Settings;
}

export function keepSettings(): void {
  effect(() => saveSettings(settings.value));
  effect(() => {
    document.documentElement.dataset.theme = settings.value.theme;
  });
}
