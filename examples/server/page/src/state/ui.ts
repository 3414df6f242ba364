import { signal } from '@preact/signals';

/** The drawer with the conversations, on narrow screens. */
export const sidebarOpen = signal(false);

/** The settings dialog; 'key' opens it at the API key. */
export const settingsOpen = signal<false | 'top' | 'key'>(false);
