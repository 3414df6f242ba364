import { effect, signal } from '@preact/signals';
import { askServer, type ServerInfo } from '../api/server';
import { settings } from './settings';

const PERIOD = 30_000;

/** null until it was asked once. */
export const server = signal<ServerInfo | null>(null);

export async function refreshServer(): Promise<void> {
  const found = await askServer(settings.value.apiKey || undefined);
  // While it is away, what it said last is still the best there is to show.
  server.value = found.connection === 'ok' ? found : { ...server.value, connection: found.connection };
}

/** Asks now, when the key changes, when the page is looked at again, and now and then while it is. */
export function watchServer(): void {
  let key: string | undefined;
  effect(() => {
    if (settings.value.apiKey === key) return;
    key = settings.value.apiKey;
    void refreshServer();
  });
  const look = (): void => {
    if (document.visibilityState === 'visible') void refreshServer();
  };
  document.addEventListener('visibilitychange', look);
  setInterval(look, PERIOD);
}
