// The conversations: the list, the one that is open, and keeping them.
import { computed, signal, type Signal } from '@preact/signals';
import { texts } from '../i18n';
import { newId } from '../model/ids';
import { addNode, selectedPath, switchBranch } from '../model/tree';
import type { Conversation, MessageNode, StoredDocument, Summary } from '../model/types';
import { openStore, type Store } from '../store/database';
import { MemoryStore } from '../store/memory';
import { notice } from './notices';

let store: Store = new MemoryStore();
const loaded = new Map<string, Signal<Conversation>>();

export const summaries = signal<Summary[]>([]);
export const searchWords = signal('');
/** null: nothing is searched for. */
export const found = signal<Summary[] | null>(null);

function blank(): Conversation {
  const now = Date.now();
  return { id: newId(), title: '', created: now, updated: now, nodes: [], selected: {} };
}

const open = signal<Signal<Conversation>>(signal(blank()));
export const current = computed(() => open.value.value);
export const path = computed(() => selectedPath(current.value));
export const documents = signal<StoredDocument[]>([]);

/** The signal of a conversation: of the open one, or of one that an answer is still being written for. */
export function conversationSignal(id: string): Signal<Conversation> | undefined {
  return open.value.value.id === id ? open.value : loaded.get(id);
}

export function holdConversation(conversation: Signal<Conversation>): void {
  loaded.set(conversation.value.id, conversation);
}

export function letGo(id: string): void {
  loaded.delete(id);
}

export const openSignal = (): Signal<Conversation> => open.value;

async function refreshList(): Promise<void> {
  summaries.value = await store.list();
  if (searchWords.value.trim() !== '') await search(searchWords.value);
}

export async function search(words: string): Promise<void> {
  searchWords.value = words;
  if (words.trim() === '') {
    found.value = null;
    return;
  }
  const result = await store.search(words);
  if (searchWords.value === words) found.value = result;
}

export async function saveConversation(conversation: Conversation): Promise<void> {
  const { id, title, updated } = conversation;
  const rest = summaries.value.filter((summary) => summary.id !== id);
  summaries.value = [...rest, { id, title, updated }].sort((a, b) => b.updated - a.updated);
  try {
    await store.save(conversation);
    tellOthers(id);
  } catch {
    notice.value = { kind: 'error', text: texts.value.errorStorage };
  }
}

function show(conversation: Signal<Conversation>, kept: StoredDocument[]): void {
  open.value = conversation;
  documents.value = kept;
  notice.value = null;
  const { id, nodes } = conversation.value;
  const hash = nodes.length > 0 || kept.length > 0 ? `#/c/${id}` : '#/';
  if (location.hash !== hash && !(hash === '#/' && location.hash === '')) history.pushState(null, '', hash);
}

export function newConversation(): void {
  show(signal(blank()), []);
}

export async function openConversation(id: string): Promise<void> {
  if (current.value.id === id) return;
  const held = loaded.get(id);
  const conversation = held?.value ?? (await store.load(id));
  if (!conversation) return newConversation();
  // An answer that was being written when the page was closed has ended there.
  const nodes = held ? conversation.nodes : conversation.nodes.map(
    (node): MessageNode => (node.role === 'assistant' && node.state === 'running' ? { ...node, state: 'stopped' } : node),
  );
  show(held ?? signal({ ...conversation, nodes }), await store.documentsOf(id));
}

/** Changes the open conversation and keeps the change. */
export function changeCurrent(change: (conversation: Conversation) => Conversation): void {
  const conversation = open.value;
  conversation.value = change(conversation.value);
  const hash = `#/c/${conversation.value.id}`;
  if (location.hash !== hash) history.replaceState(null, '', hash);
  void saveConversation(conversation.value);
}

export function append(node: MessageNode): void {
  changeCurrent((conversation) => addNode(conversation, node));
}

export function showBranch(node: MessageNode, steps: number): void {
  changeCurrent((conversation) => switchBranch(conversation, node, steps));
}

export async function rename(id: string, title: string): Promise<void> {
  const held = conversationSignal(id);
  const conversation = held?.value ?? (await store.load(id));
  if (!conversation) return;
  const renamed = { ...conversation, title };
  if (held) held.value = renamed;
  await saveConversation(renamed);
  await refreshList();
}

export async function remove(id: string): Promise<void> {
  await store.remove(id);
  tellOthers(id);
  letGo(id);
  summaries.value = summaries.value.filter((summary) => summary.id !== id);
  if (current.value.id === id) newConversation();
  await refreshList();
}

export async function addDocument(name: string, text: string): Promise<void> {
  const document: StoredDocument = { id: newId(), conversationId: current.value.id, name, text, added: Date.now() };
  documents.value = [...documents.value, document];
  changeCurrent((conversation) => conversation);
  await store.saveDocument(document);
}

export async function removeDocument(id: string): Promise<void> {
  documents.value = documents.value.filter((document) => document.id !== id);
  await store.removeDocument(id);
}

/** Everything, or one conversation, as it is now. */
export async function collect(id?: string): Promise<{ conversations: Conversation[]; documents: StoredDocument[] }> {
  const ids = id === undefined ? summaries.value.map((summary) => summary.id) : [id];
  const conversations: Conversation[] = [];
  const kept: StoredDocument[] = [];
  for (const each of ids) {
    const conversation = conversationSignal(each)?.value ?? (await store.load(each));
    if (conversation) conversations.push(conversation);
    kept.push(...(await store.documentsOf(each)));
  }
  return { conversations, documents: kept };
}

export async function addImported(conversations: Conversation[], kept: StoredDocument[]): Promise<void> {
  for (const conversation of conversations) await saveConversation(conversation);
  for (const document of kept) await store.saveDocument(document);
  await refreshList();
}

const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('reckon-chat') : null;

/** Other tabs show the same conversations. */
function tellOthers(id: string): void {
  others?.postMessage(id);
}

function listenToOthers(): void {
  others?.addEventListener('message', (event: MessageEvent<unknown>) => {
    void refreshList();
    const { id } = current.value;
    // One that an answer is being written for here is ahead of what was stored there.
    if (event.data !== id || loaded.has(id)) return;
    void Promise.all([store.load(id), store.documentsOf(id)]).then(([conversation, kept]) => {
      if (!conversation || current.value.id !== id || loaded.has(id)) return;
      open.value.value = conversation;
      documents.value = kept;
    });
  });
}

function idInAddress(): string | undefined {
  return /^#\/c\/([\w-]+)$/.exec(location.hash)?.[1];
}

async function followAddress(): Promise<void> {
  const id = idInAddress();
  if (id !== undefined) await openConversation(id);
  else if (current.value.nodes.length > 0) newConversation();
}

/** Opens the database and the conversation that the address names. */
export async function startChats(): Promise<void> {
  try {
    store = await openStore();
    await refreshList();
  } catch {
    // What is in memory stays there.
    notice.value = { kind: 'error', text: texts.value.errorStorage };
  }
  await followAddress();
  listenToOthers();
  window.addEventListener('popstate', () => void followAddress());
}
