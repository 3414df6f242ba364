// What the user is told beside the messages.
import { signal } from '@preact/signals';

export interface Notice {
  kind: 'info' | 'error';
  text: string;
}

/** Stands above the text box until it is dismissed or something new is asked. */
export const notice = signal<Notice | null>(null);

/** Spoken by screen readers. Changes with what the model does, never with each token. */
export const status = signal('');
