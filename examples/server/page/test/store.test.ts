import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { addNode } from '../src/model/tree';
import type { Conversation, StoredDocument } from '../src/model/types';
import { openStore } from '../src/store/database';
import { MemoryStore } from '../src/store/memory';
import { loadSettings, saveSettings } from '../src/store/settings';
import { exportText, importText, TransferError } from '../src/store/transfer';

const blank = (id: string, title: string, updated: number): Conversation => ({ id, title, created: 1, updated, nodes: [], selected: {} });
const full: Conversation = addNode(
  addNode(blank('c1', 'Rabbits', 1), {
    id: 'q', parent: null, role: 'user', created: 2, content: '鸡兔同笼', sources: [{ document: 'd.txt', firstLine: 1, lastLine: 2, text: 'x' }],
  }),
  {
    id: 'a', parent: 'q', role: 'assistant', created: 3, content: '23', reasoning: 'hm', state: 'done', model: 'tiny-r1',
    usage: { promptTokens: 1, cachedTokens: 0, completionTokens: 2, reasoningTokens: 1 }, timing: { firstToken: 5, reasoned: 6, total: 7 },
  },
);
const document: StoredDocument = { id: 'd1', conversationId: 'c1', name: 'd.txt', text: 'x', added: 1 };

describe('what keeps conversations', () => {
  it.each([
    ['the database', () => openStore('test-store')],
    ['the memory', () => Promise.resolve(new MemoryStore())],
  ])('%s lists, finds and removes them with their documents', async (_name, open) => {
    const store = await open();
    await store.save(full);
    await store.save(blank('c2', 'Weather', 9));
    await store.saveDocument(document);
    expect((await store.list()).map((summary) => summary.id)).toEqual(['c2', 'c1']);
    expect((await store.search('兔同')).map((summary) => summary.id)).toEqual(['c1']);
    expect((await store.search('weATHER')).map((summary) => summary.id)).toEqual(['c2']);
    expect(await store.search('rabbits weather')).toEqual([]);
    expect(await store.load('c1')).toEqual(full);
    expect(await store.documentsOf('c1')).toEqual([document]);
    await store.remove('c1');
    expect(await store.load('c1')).toBeUndefined();
    expect(await store.documentsOf('c1')).toEqual([]);
    expect((await store.list()).map((summary) => summary.id)).toEqual(['c2']);
  });
});

describe('the database', () => {
  it('is there again after the page was closed', async () => {
    await (await openStore('test-again')).save(full);
    expect(await (await openStore('test-again')).load('c1')).toEqual(full);
  });
});

describe('export and import', () => {
  const exported = (change: (file: Record<string, unknown>) => void): string => {
    const file = JSON.parse(exportText({ conversations: [full], documents: [document] }, 0)) as Record<string, unknown>;
    change(file);
    return JSON.stringify(file);
  };

  it('give back what was there, under new names', () => {
    const { conversations, documents } = importText(exported(() => undefined));
    expect(conversations).toHaveLength(1);
    expect(conversations[0]?.id).not.toBe('c1');
    expect({ ...conversations[0], id: 'c1' }).toEqual(full);
    expect(documents[0]?.conversationId).toBe(conversations[0]?.id);
    expect({ ...documents[0], id: 'd1', conversationId: 'c1' }).toEqual(document);
  });

  // Each breaks one thing; the message says where.
  const broken: [string, string, (conversation: Record<string, unknown>, nodes: Record<string, unknown>[], file: Record<string, unknown>) => void][] = [
    ['another format', 'format', (_c, _n, file) => (file.format = 'other')],
    ['a later version', 'version', (_c, _n, file) => (file.version = 2)],
    ['no list', 'conversations', (_c, _n, file) => (file.conversations = {})],
    ['an id with markup', 'conversations[0].id', (conversation) => (conversation.id = '<img>')],
    ['an id that is special', 'conversations[0].id', (conversation) => (conversation.id = '__proto__')],
    ['a title that is no text', 'conversations[0].title', (conversation) => (conversation.title = { toString: 1 })],
    ['a negative time', 'conversations[0].updated', (conversation) => (conversation.updated = -1)],
    ['a role', 'nodes[0].role', (_c, nodes) => ((nodes[0] as Record<string, unknown>).role = 'system')],
    ['content that is no text', 'nodes[1].content', (_c, nodes) => ((nodes[1] as Record<string, unknown>).content = ['x'])],
    ['a message twice', 'nodes[1].id', (_c, nodes) => ((nodes[1] as Record<string, unknown>).id = 'q')],
    ['an unknown parent', 'nodes[1].parent', (_c, nodes) => ((nodes[1] as Record<string, unknown>).parent = 'z')],
    ['a circle', 'nodes[0].parent', (_c, nodes) => ((nodes[0] as Record<string, unknown>).parent = 'a')],
    ['sources that are none', 'nodes[0].sources', (_c, nodes) => ((nodes[0] as Record<string, unknown>).sources = [7])],
    ['usage that is none', 'nodes[1].usage', (_c, nodes) => ((nodes[1] as Record<string, unknown>).usage = 7)],
    ['a document without text', 'documents[0].text', (_c, _n, file) => (file.documents = [{ id: 'd', conversationId: 'c1', name: 'x', added: 1 }])],
  ];
  it.each(broken)('refuse %s', (_name, where, change) => {
    const json = exported((file) => {
      const conversation = (file.conversations as Record<string, unknown>[])[0] as Record<string, unknown>;
      change(conversation, conversation.nodes as Record<string, unknown>[], file);
    });
    expect(() => importText(json)).toThrow(TransferError);
    expect(() => importText(json)).toThrow(where);
  });

  it('refuse what is not JSON', () => {
    for (const json of ['', 'x', '[]', 'null', '{"format"']) expect(() => importText(json), json).toThrow(TransferError);
  });

  it('drop what is not known', () => {
    const json = exported((file) => {
      const conversation = (file.conversations as Record<string, unknown>[])[0] as { nodes: Record<string, unknown>[]; selected: Record<string, string>; evil?: string };
      conversation.evil = 'x';
      conversation.selected = { root: 'q', q: 'a', nowhere: 'q', a: 'nothing' };
      (conversation.nodes[1] as Record<string, unknown>).state = 'running';
      (conversation.nodes[1] as Record<string, unknown>).html = '<script>';
    });
    const [conversation] = importText(json).conversations;
    expect(conversation).not.toHaveProperty('evil');
    expect(conversation?.selected).toEqual({ root: 'q', q: 'a' });
    expect(conversation?.nodes[1]).toMatchObject({ state: 'stopped' });
    expect(conversation?.nodes[1]).not.toHaveProperty('html');
  });
});

describe('settings', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('come back as they were', () => {
    const settings = { ...loadSettings(), language: 'zh' as const, theme: 'dark' as const, temperature: 0, topP: 0.9, reasoningBudget: 100, system: 'Be brief.' };
    saveSettings(settings);
    expect(loadSettings()).toEqual(settings);
  });

  it('are checked when they are read', () => {
    localStorage.setItem('reckon.settings', JSON.stringify({ language: 'xx', theme: 7, temperature: 9, topP: '1', context: 1e99, maxTokens: 12.4, system: {} }));
    expect(loadSettings()).toEqual({ language: 'auto', theme: 'auto', system: '', apiKey: '', keepKey: false, maxTokens: 12 });
    for (const nonsense of ['{', 'null', '7', '[]']) {
      localStorage.setItem('reckon.settings', nonsense);
      expect(loadSettings().language).toBe('auto');
    }
  });

  it('keep the key with the tab, unless told to keep it', () => {
    saveSettings({ ...loadSettings(), apiKey: 'secret', keepKey: false });
    expect(JSON.stringify({ ...localStorage })).not.toContain('secret');
    expect(sessionStorage.getItem('reckon.apiKey')).toBe('secret');
    saveSettings({ ...loadSettings(), keepKey: true });
    expect(localStorage.getItem('reckon.apiKey')).toBe('secret');
    expect(sessionStorage.getItem('reckon.apiKey')).toBeNull();
    expect(loadSettings()).toMatchObject({ apiKey: 'secret', keepKey: true });
  });
});
