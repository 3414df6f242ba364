import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { fill, texts } from '../i18n';
import type { Summary } from '../model/types';
import { collect, current, found, newConversation, openConversation, remove, rename, search, searchWords, summaries } from '../state/chats';
import { runs } from '../state/generation';
import { sidebarOpen } from '../state/ui';
import { exportText } from '../store/transfer';
import { download } from './clipboard';
import { Dialog } from './Dialog';
import { Icon } from './icons';

function RenameBox({ summary, close }: { summary: Summary; close: () => void }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useEffect(() => input.current?.select(), []);
  const end = (save: boolean): void => {
    if (ended.current) return;
    ended.current = true;
    const title = input.current?.value.trim() ?? '';
    if (save && title !== '' && title !== summary.title) void rename(summary.id, title);
    close();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    if (event.isComposing) return;
    event.stopPropagation();
    event.preventDefault();
    end(event.key === 'Enter');
  };
  return (
    <input
      ref={input}
      class="rename"
      data-testid="rename-input"
      aria-label={texts.value.newTitle}
      maxLength={200}
      defaultValue={summary.title}
      onKeyDown={onKeyDown}
      onBlur={() => end(true)}
    />
  );
}

interface MenuProps {
  title: string;
  onRename: () => void;
  onExport: () => void;
  onDelete: () => void;
}

/** A button and what it opens, as a disclosure: plain buttons that Tab reaches. */
function Menu({ title, onRename, onExport, onDelete }: MenuProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { menuOf, rename: renameLabel, exportOne, remove: removeLabel } = texts.value;
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector('button')?.focus();
    const outside = (event: Event): void => {
      if (!(event.target instanceof Node) || (!box.current?.contains(event.target) && !button.current?.contains(event.target))) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  const choose = (action: () => void) => (): void => {
    setOpen(false);
    button.current?.focus();
    action();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div class="menu" onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class="quiet"
        data-testid="conversation-menu"
        aria-label={fill(menuOf, { title })}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" size={16} />
      </button>
      {open && (
        <div class="menu-list" ref={box}>
          <button type="button" data-testid="conversation-rename" onClick={choose(onRename)}>
            {renameLabel}
          </button>
          <button type="button" data-testid="conversation-export" onClick={choose(onExport)}>
            {exportOne}
          </button>
          <button type="button" class="danger" data-testid="conversation-delete" onClick={choose(onDelete)}>
            {removeLabel}
          </button>
        </div>
      )}
    </div>
  );
}

async function exportConversation(id: string): Promise<void> {
  download('reckon-conversation.json', exportText(await collect(id), Date.now()));
}

function Item({ summary, onDelete }: { summary: Summary; onDelete: () => void }): JSX.Element {
  const [renaming, setRenaming] = useState(false);
  const title = summary.title || texts.value.untitled;
  const isOpen = current.value.id === summary.id;
  const open = (): void => {
    sidebarOpen.value = false;
    void openConversation(summary.id);
  };
  return (
    <li class="conversation" data-testid="conversation" data-open={isOpen}>
      {renaming ? (
        <RenameBox summary={summary} close={() => setRenaming(false)} />
      ) : (
        <>
          <button type="button" class="conversation-open" data-testid="conversation-open" aria-current={isOpen ? 'page' : undefined} title={title} onClick={open}>
            {runs.value.has(summary.id) && <span class="pulse" />}
            <span class="conversation-title">{title}</span>
          </button>
          <Menu title={title} onRename={() => setRenaming(true)} onExport={() => void exportConversation(summary.id)} onDelete={onDelete} />
        </>
      )}
    </li>
  );
}

interface Group {
  label: string;
  entries: Summary[];
}

function groups(entries: Summary[]): Group[] {
  const { today, lastWeek, older } = texts.value;
  const midnight = new Date().setHours(0, 0, 0, 0);
  const weekAgo = midnight - 6 * 24 * 3600 * 1000;
  return [
    { label: today, entries: entries.filter(({ updated }) => updated >= midnight) },
    { label: lastWeek, entries: entries.filter(({ updated }) => updated < midnight && updated >= weekAgo) },
    { label: older, entries: entries.filter(({ updated }) => updated < weekAgo) },
  ].filter((group) => group.entries.length > 0);
}

function Confirm({ summary, close }: { summary: Summary; close: () => void }): JSX.Element {
  const { removeTitle, removeText, remove: removeLabel, cancel, untitled } = texts.value;
  const accept = (): void => {
    close();
    void remove(summary.id);
  };
  return (
    <Dialog title={removeTitle} testid="confirm" close={close}>
      <p>{fill(removeText, { title: summary.title || untitled })}</p>
      <div class="dialog-actions">
        <button type="button" class="button" data-testid="confirm-cancel" onClick={close}>
          {cancel}
        </button>
        <button type="button" class="button danger" data-testid="confirm-ok" onClick={accept}>
          {removeLabel}
        </button>
      </div>
    </Dialog>
  );
}

export function Sidebar(): JSX.Element {
  const { appName, conversations, newChat, search: searchLabel, noConversations, nothingFound, closeSidebar } = texts.value;
  const [deleting, setDeleting] = useState<Summary | null>(null);
  const close = useRef<HTMLButtonElement>(null);
  const open = sidebarOpen.value;
  const was = useRef(false);
  useEffect(() => {
    if (open) close.current?.focus();
    else if (was.current) document.querySelector<HTMLElement>('[data-testid="open-sidebar"]')?.focus();
    was.current = open;
  }, [open]);
  const entries = found.value ?? summaries.value;
  const start = (): void => {
    sidebarOpen.value = false;
    newConversation();
  };
  return (
    <>
      {open && <div class="shade" onClick={() => (sidebarOpen.value = false)} />}
      <nav class="sidebar" data-testid="sidebar" data-open={open} aria-label={conversations}>
        <div class="sidebar-head">
          <img src="./icon.svg" width="26" height="26" alt="" />
          <span class="brand">{appName}</span>
          <button ref={close} type="button" class="quiet only-narrow" data-testid="close-sidebar" aria-label={closeSidebar} onClick={() => (sidebarOpen.value = false)}>
            <Icon name="close" />
          </button>
        </div>
        <button type="button" class="new-chat" data-testid="new-chat" onClick={start}>
          <Icon name="plus" /> {newChat}
        </button>
        <label class="search">
          <Icon name="search" size={16} />
          <input type="search" data-testid="search" aria-label={searchLabel} placeholder={searchLabel} value={searchWords.value} onInput={(event) => void search(event.currentTarget.value)} />
        </label>
        <div class="conversations">
          {entries.length === 0 && <p class="empty">{found.value ? nothingFound : noConversations}</p>}
          {groups(entries).map(({ label, entries: some }) => (
            <section key={label} aria-label={label}>
              <h2>{label}</h2>
              <ul>
                {some.map((summary) => (
                  <Item key={summary.id} summary={summary} onDelete={() => setDeleting(summary)} />
                ))}
              </ul>
            </section>
          ))}
        </div>
      </nav>
      {deleting && <Confirm summary={deleting} close={() => setDeleting(null)} />}
    </>
  );
}
