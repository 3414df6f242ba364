// Settings, in localStorage. What is stored may be old or edited: it is checked when it is read.

export type Language = 'auto' | 'en' | 'zh';
export type Theme = 'auto' | 'light' | 'dark';

export interface Settings {
  language: Language;
  theme: Theme;
  system: string;
  /** Numbers that are missing are left to the model and the server. */
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  reasoningBudget?: number;
  /** Most tokens of the conversation that are sent; older messages are left out. */
  context?: number;
  apiKey: string;
  /** Otherwise the key is forgotten with the tab. */
  keepKey: boolean;
}

export interface Range {
  least: number;
  most: number;
  whole: boolean;
}

export const RANGES = {
  temperature: { least: 0, most: 2, whole: false },
  topP: { least: 0, most: 1, whole: false },
  maxTokens: { least: 1, most: 1_000_000, whole: true },
  reasoningBudget: { least: -1, most: 1_000_000, whole: true },
  context: { least: 256, most: 10_000_000, whole: true },
} satisfies Record<string, Range>;

export type NumberSetting = keyof typeof RANGES;

const SETTINGS_KEY = 'reckon.settings';
const API_KEY = 'reckon.apiKey';

export function checkNumber(name: NumberSetting, value: unknown): number | undefined {
  const { least, most, whole } = RANGES[name];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least || value > most) return undefined;
  return whole ? Math.round(value) : value;
}

function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null; // storage is turned off
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    if (value === '') storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Turned off or full: the settings last as long as the page.
  }
}

export function loadSettings(): Settings {
  const settings: Settings = { language: 'auto', theme: 'auto', system: '', apiKey: '', keepKey: false };
  let stored: Record<string, unknown> = {};
  try {
    stored = (JSON.parse(read(localStorage, SETTINGS_KEY) ?? '{}') as Record<string, unknown> | null) ?? {};
  } catch {
    // As if there were none.
  }
  if (stored.language === 'en' || stored.language === 'zh') settings.language = stored.language;
  if (stored.theme === 'light' || stored.theme === 'dark') settings.theme = stored.theme;
  if (typeof stored.system === 'string') settings.system = stored.system;
  for (const name of Object.keys(RANGES) as NumberSetting[]) {
    const value = checkNumber(name, stored[name]);
    if (value !== undefined) settings[name] = value;
  }
  const kept = read(localStorage, API_KEY);
  settings.keepKey = kept !== null;
  settings.apiKey = kept ?? read(sessionStorage, API_KEY) ?? '';
  return settings;
}

export function saveSettings(settings: Settings): void {
  const { apiKey, keepKey, ...rest } = settings;
  write(localStorage, SETTINGS_KEY, JSON.stringify(rest));
  write(localStorage, API_KEY, keepKey ? apiKey : '');
  write(sessionStorage, API_KEY, keepKey ? '' : apiKey);
}
