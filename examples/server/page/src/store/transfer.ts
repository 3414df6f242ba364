// Conversations as a file, and back. A file may come from anywhere: everything in it is checked, and what is not known is left out.
import { newId } from '../model/ids';
import type { AnswerState, AssistantNode, Conversation, MessageNode, Source, StoredDocument, Usage, UserNode } from '../model/types';
import { MOST_BYTES, MOST_DOCUMENTS } from '../documents/files';

export const FORMAT = 'reckon-chat';
export const VERSION = 1;
const MOST_CONVERSATIONS = 10_000;
const MOST_NODES = 10_000;
const MOST_TEXT = 4 * 1024 * 1024;

export interface Transfer {
  conversations: Conversation[];
  documents: StoredDocument[];
}

export class TransferError extends Error {
  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
    this.name = 'TransferError';
  }
}

export function exportText(transfer: Transfer, now: number): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, exported: new Date(now).toISOString(), ...transfer }, null, 1);
}

type Members = Record<string, unknown>;

function members(value: unknown, where: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TransferError(where, 'must be an object');
  return value as Members;
}

function list(value: unknown, where: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw new TransferError(where, 'must be a list');
  if (value.length > most) throw new TransferError(where, `has ${value.length} entries; at most ${most} are read`);
  return value as unknown[];
}

function text(value: unknown, where: string, most = MOST_TEXT): string {
  if (typeof value !== 'string') throw new TransferError(where, 'must be a text');
  if (value.length > most) throw new TransferError(where, `has ${value.length} characters; at most ${most} are read`);
  return value;
}

function id(value: unknown, where: string): string {
  const name = text(value, where, 100);
  if (!/^[\w-]+$/.test(name) || name === '__proto__') throw new TransferError(where, 'must be made of letters, digits, _ and -');
  return name;
}

function number(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new TransferError(where, 'must be a number from 0 up');
  return value;
}

const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined => (value === undefined ? undefined : read(value));

function readSource(value: unknown, where: string): Source {
  const source = members(value, where);
  return {
    document: text(source.document, `${where}.document`, 1000),
    firstLine: number(source.firstLine, `${where}.firstLine`),
    lastLine: number(source.lastLine, `${where}.lastLine`),
    text: text(source.text, `${where}.text`),
  };
}

function readUsage(value: unknown, where: string): Usage {
  const usage = members(value, where);
  return {
    promptTokens: number(usage.promptTokens, `${where}.promptTokens`),
    cachedTokens: number(usage.cachedTokens, `${where}.cachedTokens`),
    completionTokens: number(usage.completionTokens, `${where}.completionTokens`),
    reasoningTokens: number(usage.reasoningTokens, `${where}.reasoningTokens`),
  };
}

const STATES: readonly AnswerState[] = ['done', 'stopped', 'length', 'error'];

function readAnswer(node: Members, base: Omit<UserNode, 'role' | 'sources'>, where: string): AssistantNode {
  const answer: AssistantNode = {
    ...base,
    role: 'assistant',
    reasoning: text(node.reasoning, `${where}.reasoning`),
    // One that was still running when it was written is not any more.
    state: STATES.find((state) => state === node.state) ?? 'stopped',
  };
  const model = optional(node.model, (value) => text(value, `${where}.model`, 1000));
  const error = optional(node.error, (value) => text(value, `${where}.error`));
  const usage = optional(node.usage, (value) => readUsage(value, `${where}.usage`));
  if (model !== undefined) answer.model = model;
  if (error !== undefined) answer.error = error;
  if (usage !== undefined) answer.usage = usage;
  if (node.reasoningCut === true) answer.reasoningCut = true;
  if (node.timing !== undefined) {
    const timing = members(node.timing, `${where}.timing`);
    answer.timing = {};
    for (const key of ['firstToken', 'reasoned', 'total'] as const) {
      if (timing[key] !== undefined) answer.timing[key] = number(timing[key], `${where}.timing.${key}`);
    }
  }
  return answer;
}

function readNode(value: unknown, where: string): MessageNode {
  const node = members(value, where);
  const base = {
    id: id(node.id, `${where}.id`),
    parent: node.parent === null ? null : id(node.parent, `${where}.parent`),
    created: number(node.created, `${where}.created`),
    content: text(node.content, `${where}.content`),
  };
  if (node.role === 'user') {
    const sources = list(node.sources ?? [], `${where}.sources`, 100);
    return { ...base, role: 'user', sources: sources.map((source, index) => readSource(source, `${where}.sources[${index}]`)) };
  }
  if (node.role === 'assistant') return readAnswer(node, base, where);
  throw new TransferError(`${where}.role`, 'must be "user" or "assistant"');
}

function readConversation(value: unknown, where: string): Conversation {
  const conversation = members(value, where);
  const nodes = list(conversation.nodes, `${where}.nodes`, MOST_NODES).map((node, index) => readNode(node, `${where}.nodes[${index}]`));
  const known = new Set<string>();
  nodes.forEach((node, index) => {
    // A parent stands before its children, so there are no circles.
    if (known.has(node.id)) throw new TransferError(`${where}.nodes[${index}].id`, 'occurs twice');
    if (node.parent !== null && !known.has(node.parent)) throw new TransferError(`${where}.nodes[${index}].parent`, 'is not before it');
    known.add(node.id);
  });
  const selected: Record<string, string> = {};
  for (const [parent, child] of Object.entries(members(conversation.selected, `${where}.selected`))) {
    if ((parent === 'root' || known.has(parent)) && typeof child === 'string' && known.has(child)) selected[parent] = child;
  }
  return {
    id: id(conversation.id, `${where}.id`),
    title: text(conversation.title, `${where}.title`, 1000),
    created: number(conversation.created, `${where}.created`),
    updated: number(conversation.updated, `${where}.updated`),
    nodes,
    selected,
  };
}

function readDocument(value: unknown, where: string): StoredDocument {
  const document = members(value, where);
  return {
    id: id(document.id, `${where}.id`),
    conversationId: id(document.conversationId, `${where}.conversationId`),
    name: text(document.name, `${where}.name`, 1000),
    text: text(document.text, `${where}.text`, MOST_BYTES),
    added: number(document.added, `${where}.added`),
  };
}

/**
 * Reads an exported file. Conversations and documents get new names, so that an import never overwrites anything.
 * Throws TransferError with where and what.
 */
export function importText(json: string): Transfer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new TransferError('file', `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const file = members(parsed, 'file');
  if (file.format !== FORMAT) throw new TransferError('format', `must be "${FORMAT}"`);
  if (file.version !== VERSION) throw new TransferError('version', `must be ${VERSION}`);
  const read = list(file.conversations, 'conversations', MOST_CONVERSATIONS);
  const conversations = read.map((value, index) => readConversation(value, `conversations[${index}]`));
  const stored = list(file.documents ?? [], 'documents', MOST_CONVERSATIONS);
  const renamed = new Map(conversations.map((conversation) => [conversation.id, newId()]));
  const count = new Map<string, number>();
  const documents: StoredDocument[] = [];
  stored.forEach((value, index) => {
    const document = readDocument(value, `documents[${index}]`);
    const conversationId = renamed.get(document.conversationId);
    const number = (count.get(document.conversationId) ?? 0) + 1;
    count.set(document.conversationId, number);
    if (conversationId !== undefined && number <= MOST_DOCUMENTS) documents.push({ ...document, id: newId(), conversationId });
  });
  return { conversations: conversations.map((conversation) => ({ ...conversation, id: renamed.get(conversation.id) ?? newId() })), documents };
}
