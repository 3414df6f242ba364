import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { texts } from '../i18n';
import { current } from '../state/chats';
import { isRunning, stop } from '../state/generation';
import { notice, status } from '../state/notices';
import { settingsOpen, sidebarOpen } from '../state/ui';
import { attachFiles } from './attach';
import { Composer } from './Composer';
import { Header } from './Header';
import { Icon } from './icons';
import { SettingsDialog } from './SettingsDialog';
import { Sidebar } from './Sidebar';
import { Thread } from './Thread';

function NoticeBar(): JSX.Element | null {
  const shown = notice.value;
  if (!shown) return null;
  return (
    <div class={`notice ${shown.kind}`} data-testid="notice" role={shown.kind === 'error' ? 'alert' : 'status'}>
      {shown.kind === 'error' && <Icon name="alert" size={16} />}
      <span>{shown.text}</span>
      <button type="button" class="quiet" data-testid="notice-dismiss" aria-label={texts.value.dismiss} onClick={() => (notice.value = null)}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** Files may be dropped anywhere; without this the browser would leave the page to show them. */
function useFileDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const onOver = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      void attachFiles([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener('dragover', onOver);
    document.addEventListener('dragleave', onLeave);
    document.addEventListener('drop', onDrop);
    return () => {
      document.removeEventListener('dragover', onOver);
      document.removeEventListener('dragleave', onLeave);
      document.removeEventListener('drop', onDrop);
    };
  }, []);
  return over;
}

function useEscape(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      // A dialog takes Escape itself.
      if (event.key !== 'Escape' || event.isComposing || settingsOpen.value !== false) return;
      if (sidebarOpen.value) sidebarOpen.value = false;
      else if (isRunning()) stop();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Where there is room for the list of conversations it is no drawer that covers the page. */
function useDrawer(): void {
  useEffect(() => {
    const wide = matchMedia('(min-width: 801px)');
    const onChange = (): void => {
      if (wide.matches) sidebarOpen.value = false;
    };
    wide.addEventListener('change', onChange);
    return () => wide.removeEventListener('change', onChange);
  }, []);
}

export function App(): JSX.Element {
  const { skip, language, appName, drop } = texts.value;
  const dropping = useFileDrop();
  useEscape();
  useDrawer();
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const { title } = current.value;
  useEffect(() => {
    document.title = title === '' ? appName : `${title} – ${appName}`;
  }, [title, appName]);
  const onSkip = (event: MouseEvent): void => {
    // Not by the address, which names the conversation.
    event.preventDefault();
    document.getElementById('composer')?.focus();
  };
  return (
    <div class="app">
      <a class="skip" href="#composer" onClick={onSkip}>
        {skip}
      </a>
      <Sidebar />
      <div class="page" inert={sidebarOpen.value}>
        <Header />
        <main>
          <Thread />
          <div class="bottom">
            <NoticeBar />
            <Composer />
          </div>
        </main>
      </div>
      <SettingsDialog />
      {dropping && (
        <div class="drop-overlay" data-testid="drop-overlay">
          <p>{drop}</p>
        </div>
      )}
      <div class="off-screen" role="status" aria-live="polite" data-testid="status">
        {status.value}
      </div>
    </div>
  );
}
