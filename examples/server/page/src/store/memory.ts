// Keeps conversations for as long as the page is open, where the browser has no database to give.
import type { Conversation, StoredDocument, Summary } from '../model/types';
import { contains, newestFirst, summaryOf, type Store } from './database';

export class MemoryStore implements Store {
  private readonly conversations = new Map<string, Conversation>();
  private readonly documents = new Map<string, StoredDocument>();

  list(): Promise<Summary[]> {
    return Promise.resolve([...this.conversations.values()].map(summaryOf).sort(newestFirst));
  }

  search(words: string): Promise<Summary[]> {
    const found = [...this.conversations.values()].filter((conversation) => contains(conversation, words));
    return Promise.resolve(found.map(summaryOf).sort(newestFirst));
  }

  load(id: string): Promise<Conversation | undefined> {
    return Promise.resolve(this.conversations.get(id));
  }

  save(conversation: Conversation): Promise<void> {
    this.conversations.set(conversation.id, conversation);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.conversations.delete(id);
    for (const document of this.documents.values()) if (document.conversationId === id) this.documents.delete(document.id);
    return Promise.resolve();
  }

  documentsOf(conversationId: string): Promise<StoredDocument[]> {
    return Promise.resolve([...this.documents.values()].filter((document) => document.conversationId === conversationId));
  }

  saveDocument(document: StoredDocument): Promise<void> {
    this.documents.set(document.id, document);
    return Promise.resolve();
  }

  removeDocument(id: string): Promise<void> {
    this.documents.delete(id);
    return Promise.resolve();
  }
}
