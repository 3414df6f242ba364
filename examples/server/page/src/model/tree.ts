// Walking and growing the tree of messages. Every function that changes something returns a new conversation.
import type { Conversation, MessageNode } from './types';

const ROOT = 'root';

export function childrenOf(conversation: Conversation, parent: string | null): MessageNode[] {
  return conversation.nodes.filter((node) => node.parent === parent);
}

/** The messages from the first to the last one that are shown. */
export function selectedPath(conversation: Conversation): MessageNode[] {
  const children = new Map<string | null, MessageNode[]>();
  for (const node of conversation.nodes) {
    const siblings = children.get(node.parent);
    if (siblings) siblings.push(node);
    else children.set(node.parent, [node]);
  }
  const path: MessageNode[] = [];
  const seen = new Set<string>();
  for (let parent: string | null = null; ; ) {
    const siblings: MessageNode[] = children.get(parent) ?? [];
    const wanted: string | undefined = conversation.selected[parent ?? ROOT];
    const node: MessageNode | undefined = siblings.find((sibling) => sibling.id === wanted) ?? siblings.at(-1);
    if (!node || seen.has(node.id)) return path;
    seen.add(node.id);
    path.push(node);
    parent = node.id;
  }
}

/** The messages before `id`, first one first, without `id` itself. */
export function pathBefore(conversation: Conversation, id: string): MessageNode[] {
  const byId = new Map(conversation.nodes.map((node) => [node.id, node]));
  const path: MessageNode[] = [];
  let parent = byId.get(id)?.parent ?? null;
  while (parent !== null && path.length < conversation.nodes.length) {
    const node = byId.get(parent);
    if (!node) break;
    path.unshift(node);
    parent = node.parent;
  }
  return path;
}

export interface Branches {
  /** From 0. */
  index: number;
  siblings: MessageNode[];
}

export function branchesAt(conversation: Conversation, node: MessageNode): Branches {
  const siblings = childrenOf(conversation, node.parent);
  return { index: siblings.findIndex((sibling) => sibling.id === node.id), siblings };
}

/** Adds a message and shows it. */
export function addNode(conversation: Conversation, node: MessageNode): Conversation {
  return {
    ...conversation,
    nodes: [...conversation.nodes, node],
    selected: { ...conversation.selected, [node.parent ?? ROOT]: node.id },
    updated: node.created,
  };
}

/** Changes a message in place: for an answer that grows. */
export function updateNode(conversation: Conversation, id: string, change: (node: MessageNode) => MessageNode): Conversation {
  return { ...conversation, nodes: conversation.nodes.map((node) => (node.id === id ? change(node) : node)) };
}

/** Shows the sibling `steps` further on, if there is one. */
export function switchBranch(conversation: Conversation, node: MessageNode, steps: number): Conversation {
  const { index, siblings } = branchesAt(conversation, node);
  const next = siblings[index + steps];
  if (!next) return conversation;
  return { ...conversation, selected: { ...conversation.selected, [node.parent ?? ROOT]: next.id } };
}

/** A title for a conversation: the beginning of its first question. */
export function titleFrom(question: string, limit = 48): string {
  const line = question.replace(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('').trimEnd()}…`;
}
