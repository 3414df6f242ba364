// What a conversation is made of, in memory, in the browser's database and in exported files.

/** A passage of a document as it was given to the model. */
export interface Source {
  document: string;
  firstLine: number;
  lastLine: number;
  text: string;
}

export interface Usage {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

/** Milliseconds since the question was sent, except `reasoned`, which is how long the reasoning took. */
export interface Timing {
  firstToken?: number;
  reasoned?: number;
  total?: number;
}

export type AnswerState = 'running' | 'done' | 'stopped' | 'length' | 'error';

interface NodeBase {
  id: string;
  /** The message before this one; null for a first message. */
  parent: string | null;
  created: number;
  content: string;
}

export interface UserNode extends NodeBase {
  role: 'user';
  /** Passages that were found for this question, numbered from 1 in this order. */
  sources: Source[];
}

export interface AssistantNode extends NodeBase {
  role: 'assistant';
  reasoning: string;
  state: AnswerState;
  model?: string;
  error?: string;
  /** The error was that the server wants an API key. */
  wantsKey?: boolean;
  usage?: Usage;
  timing?: Timing;
  /** The reasoning was ended by its budget, for want of room, or because it went in circles. */
  reasoningCut?: boolean;
}

export type MessageNode = UserNode | AssistantNode;

/**
 * A tree of messages. Editing a question or making an answer again adds a sibling; `selected` names, for a parent (or "root"),
 * the child that is shown. Siblings are in the order in which they stand in `nodes`.
 */
export interface Conversation {
  id: string;
  title: string;
  created: number;
  updated: number;
  nodes: MessageNode[];
  selected: Record<string, string>;
}

/** What the list of conversations needs. */
export interface Summary {
  id: string;
  title: string;
  updated: number;
}

/** A file that was dropped into a conversation. */
export interface StoredDocument {
  id: string;
  conversationId: string;
  name: string;
  text: string;
  added: number;
}
