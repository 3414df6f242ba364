import type { JSX } from 'preact';
import { bytes, fill, integer, texts } from '../i18n';
import { current, path } from '../state/chats';
import { runs } from '../state/generation';
import { server } from '../state/server';
import { settingsOpen, sidebarOpen } from '../state/ui';
import { Icon } from './icons';

interface MeterProps {
  testid: string;
  label: string;
  text: string;
  /** From 0 to 1; undefined: nothing to compare with. */
  share?: number | undefined;
}

function Meter({ testid, label, text, share }: MeterProps): JSX.Element {
  const percent = share === undefined ? undefined : Math.min(100, Math.round(share * 100));
  return (
    <div class="meter" data-testid={testid} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent ?? 0} aria-valuetext={text} title={`${label}: ${text}`}>
      <span class="meter-label">{label}</span>
      <span class="meter-text">{text}</span>
      {percent !== undefined && (
        <svg class="meter-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect class="meter-back" width="100" height="4" />
          <rect class={percent > 85 ? 'meter-full' : 'meter-front'} width={percent} height="4" />
        </svg>
      )}
    </div>
  );
}

function ContextMeter(): JSX.Element | null {
  const { context, contextOf, contextUsed } = texts.value;
  const answered = path.value.findLast((node) => node.role === 'assistant' && node.usage !== undefined);
  const total = server.value?.contextLength;
  // What is being written counts as it comes; the server's own count follows at its end.
  const written = runs.value.get(current.value.id)?.tokens ?? 0;
  const usage = answered?.role === 'assistant' ? answered.usage : undefined;
  if (usage === undefined && total === undefined) return null;
  const used = (usage ? usage.promptTokens + usage.completionTokens : 0) + written;
  const text = total === undefined ? fill(contextUsed, { used: integer(used) }) : fill(contextOf, { used: integer(used), total: integer(total) });
  return <Meter testid="meter-context" label={context} text={text} share={total === undefined ? undefined : used / total} />;
}

function MemoryMeter(): JSX.Element | null {
  const { memory, memoryOf } = texts.value;
  const { used, planned } = server.value?.memory ?? {};
  if (used === undefined) return null;
  const text = planned === undefined ? bytes(used) : fill(memoryOf, { used: bytes(used), total: bytes(planned) });
  return <Meter testid="meter-memory" label={memory} text={text} share={planned === undefined ? undefined : used / planned} />;
}

export function Header(): JSX.Element {
  const { openSidebar, settings, untitled, connectionOk, connectionDown, connectionKey } = texts.value;
  const connection = server.value?.connection;
  const said = connection === 'down' ? connectionDown : connection === 'key' ? connectionKey : connection === 'ok' ? connectionOk : '';
  return (
    <header class="header">
      <button type="button" class="quiet only-narrow" data-testid="open-sidebar" aria-label={openSidebar} aria-expanded={sidebarOpen.value} onClick={() => (sidebarOpen.value = true)}>
        <Icon name="menu" />
      </button>
      <div class="header-title">
        <h1 class="title">{current.value.title || untitled}</h1>
        <span class="model">
          <span class="dot" data-testid="connection" data-state={connection ?? 'unknown'} title={said} role="img" aria-label={said || '…'} />
          <span data-testid="model-name">{connection === 'ok' ? server.value?.model : said}</span>
        </span>
      </div>
      <div class="meters">
        <ContextMeter />
        <MemoryMeter />
      </div>
      <button type="button" class="quiet" data-testid="open-settings" aria-label={settings} title={settings} onClick={() => (settingsOpen.value = 'top')}>
        <Icon name="settings" />
      </button>
    </header>
  );
}
