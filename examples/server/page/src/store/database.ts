// The conversations and documents in the browser's IndexedDB.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Conversation, StoredDocument, Summary } from '../model/types';

interface Schema extends DBSchema {
  conversations: { key: string; value: Conversation };
  summaries: { key: string; value: Summary };
  documents: { key: string; value: StoredDocument; indexes: { conversationId: string } };
}

export interface Store {
  /** Newest first. */
  list(): Promise<Summary[]>;
  /** Those whose title or messages contain the words, newest first. */
  search(words: string): Promise<Summary[]>;
  load(id: string): Promise<Conversation | undefined>;
  save(conversation: Conversation): Promise<void>;
  remove(id: string): Promise<void>;
  documentsOf(conversationId: string): Promise<StoredDocument[]>;
  saveDocument(document: StoredDocument): Promise<void>;
  removeDocument(id: string): Promise<void>;
}

export const newestFirst = (a: Summary, b: Summary): number => b.updated - a.updated;

export function summaryOf({ id, title, updated }: Conversation): Summary {
  return { id, title, updated };
}

/** Whether every one of the words occurs in the title or a message. */
export function contains(conversation: Conversation, words: string): boolean {
  const text = [conversation.title, ...conversation.nodes.map((node) => node.content)].join('\n').toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

class IndexedStore implements Store {
  constructor(private readonly db: IDBPDatabase<Schema>) {}

  async list(): Promise<Summary[]> {
    return (await this.db.getAll('summaries')).sort(newestFirst);
  }

  async search(words: string): Promise<Summary[]> {
    const found: Summary[] = [];
    for (let cursor = await this.db.transaction('conversations').store.openCursor(); cursor; cursor = await cursor.continue()) {
      const conversation = cursor.value;
      if (contains(conversation, words)) found.push(summaryOf(conversation));
    }
    return found.sort(newestFirst);
  }

  load(id: string): Promise<Conversation | undefined> {
    return this.db.get('conversations', id);
  }

  async save(conversation: Conversation): Promise<void> {
    const transaction = this.db.transaction(['conversations', 'summaries'], 'readwrite');
    await Promise.all([
      transaction.objectStore('conversations').put(conversation),
      transaction.objectStore('summaries').put(summaryOf(conversation)),
      transaction.done,
    ]);
  }

  async remove(id: string): Promise<void> {
    const transaction = this.db.transaction(['conversations', 'summaries', 'documents'], 'readwrite');
    const documents = transaction.objectStore('documents');
    const keys = await documents.index('conversationId').getAllKeys(id);
    await Promise.all([
      transaction.objectStore('conversations').delete(id),
      transaction.objectStore('summaries').delete(id),
      ...keys.map((key) => documents.delete(key)),
      transaction.done,
    ]);
  }

  async documentsOf(conversationId: string): Promise<StoredDocument[]> {
    const documents = await this.db.getAllFromIndex('documents', 'conversationId', conversationId);
    return documents.sort((a, b) => a.added - b.added);
  }

  async saveDocument(document: StoredDocument): Promise<void> {
    await this.db.put('documents', document);
  }

  removeDocument(id: string): Promise<void> {
    return this.db.delete('documents', id);
  }
}

export async function openStore(name = 'reckon-chat'): Promise<Store> {
  const db = await openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('conversations', { keyPath: 'id' });
      database.createObjectStore('summaries', { keyPath: 'id' });
      database.createObjectStore('documents', { keyPath: 'id' }).createIndex('conversationId', 'conversationId');
    },
  });
  return new IndexedStore(db);
}
