// Asking the model: one answer at a time in each conversation.
import { batch, signal, type Signal } from '@preact/signals';
import { streamChat, type ChatEvent } from '../api/chat';
import { RequestError } from '../api/errors';
import { findSources } from '../documents/sources';
import { fill, texts } from '../i18n';
import { makePrompt } from '../model/context';
import { newId } from '../model/ids';
import { addNode, pathBefore, titleFrom, updateNode } from '../model/tree';
import type { AssistantNode, Conversation, MessageNode, Timing, Usage, UserNode } from '../model/types';
import { append, changeCurrent, current, documents, holdConversation, letGo, openSignal, path, saveConversation } from './chats';
import { notice, status } from './notices';
import { refreshServer, server } from './server';
import { settings } from './settings';

const DRAW_EVERY = 60;
const SAVE_EVERY = 1000;

export interface Run {
  nodeId: string;
  stop: () => void;
  /** Pieces of text so far, which is tokens as far as one can tell before the usage comes. */
  tokens: number;
  /** When the first one came. */
  since?: number;
}

/** The answers that are being written, by conversation. */
export const runs = signal<ReadonlyMap<string, Run>>(new Map());

/** Tokens that the model counts for each one that the page estimates; learned from the last answer. */
let scale = 1;

function setRun(id: string, run: Run | null): void {
  const next = new Map(runs.value);
  if (run) next.set(id, run);
  else next.delete(id);
  runs.value = next;
}

/** Tokens that a prompt may have. */
function promptLimit(): number {
  const { context, maxTokens } = settings.value;
  const limit = Math.min(context ?? Infinity, server.value?.contextLength ?? Infinity);
  if (!Number.isFinite(limit)) return Infinity;
  return limit - Math.min(maxTokens ?? 1024, Math.floor(limit / 4));
}

function describe(error: unknown): { text: string; failure: RequestError['failure'] } {
  const failed = error instanceof RequestError ? error : new RequestError('server', String(error));
  const { errorUnreachable, errorKey, errorBusy, errorContext, errorTimeout, errorCut, errorRefused, errorServer } = texts.value;
  const text = {
    unreachable: errorUnreachable, key: errorKey, busy: errorBusy, context: errorContext, timeout: errorTimeout, cut: errorCut,
    refused: errorRefused, server: errorServer,
  }[failed.failure];
  return { text: fill(text, { message: failed.message || String(failed.status ?? '') }), failure: failed.failure };
}

/** Collects an answer and shows it in steps that the eye can follow. */
class Writer {
  private reasoning = '';
  private content = '';
  private readonly started = performance.now();
  private tokens = 0;
  private firstToken?: number;
  private answerFrom?: number;
  private usage?: Usage;
  private reasoningCut = false;
  private drawn = 0;
  private saved = performance.now();
  reason = '';

  constructor(
    private readonly conversation: Signal<Conversation>,
    private readonly nodeId: string,
    private readonly run: Run,
  ) {}

  take(event: ChatEvent): void {
    if (event.kind === 'usage') this.usage = event.usage;
    else if (event.kind === 'finish') this.finish(event.reason, event.reasoningCut);
    else this.addText(event.kind, event.text);
    if (performance.now() - this.drawn > DRAW_EVERY) this.draw({ state: 'running' });
    if (performance.now() - this.saved > SAVE_EVERY) {
      this.saved = performance.now();
      void saveConversation(this.conversation.value);
    }
  }

  private finish(reason: string, reasoningCut: boolean): void {
    this.reason = reason;
    this.reasoningCut = reasoningCut;
  }

  private addText(kind: 'reasoning' | 'content', text: string): void {
    this.tokens += 1;
    if (this.firstToken === undefined) {
      this.firstToken = performance.now();
      status.value = kind === 'reasoning' ? texts.value.statusReasoning : texts.value.statusRunning;
    }
    if (kind === 'reasoning') {
      this.reasoning += text;
      return;
    }
    if (this.content === '') {
      // What follows </think> begins with blank lines.
      text = text.replace(/^\s+/, '');
      if (text === '') return;
      this.answerFrom = performance.now();
      status.value = texts.value.statusRunning;
    }
    this.content += text;
  }

  private timing(): Timing {
    const timing: Timing = {};
    if (this.firstToken === undefined) return timing;
    timing.firstToken = this.firstToken - this.started;
    if (this.reasoning !== '') timing.reasoned = (this.answerFrom ?? performance.now()) - this.firstToken;
    return timing;
  }

  draw(change: Partial<AssistantNode>): void {
    this.drawn = performance.now();
    const known: Partial<AssistantNode> = { reasoning: this.reasoning.trim(), content: this.content, timing: this.timing() };
    if (this.usage) known.usage = this.usage;
    if (this.reasoningCut) known.reasoningCut = true;
    batch(() => {
      this.conversation.value = updateNode(this.conversation.value, this.nodeId, (node) => ({ ...node, ...known, ...change }) as MessageNode);
      const id = this.conversation.value.id;
      if (runs.value.has(id)) setRun(id, { ...this.run, tokens: this.tokens, ...(this.firstToken ? { since: this.firstToken } : {}) });
    });
  }

  end(change: Partial<AssistantNode>): void {
    this.draw({ ...change, timing: { ...this.timing(), total: performance.now() - this.started } });
  }

  /** How far off the estimate of the prompt was. */
  promptTokens(): number | undefined {
    return this.usage?.promptTokens;
  }
}

async function write(conversation: Signal<Conversation>, nodeId: string): Promise<void> {
  const { id } = conversation.value;
  const abort = new AbortController();
  const run: Run = { nodeId, stop: () => abort.abort(), tokens: 0 };
  const writer = new Writer(conversation, nodeId, run);
  const { system, temperature, topP, maxTokens, reasoningBudget, apiKey } = settings.value;
  const prompt = makePrompt(system, pathBefore(conversation.value, nodeId), promptLimit(), scale);
  holdConversation(conversation);
  setRun(id, run);
  status.value = texts.value.waiting;
  if (prompt.leftOut > 0) notice.value = { kind: 'info', text: fill(texts.value.leftOut, { count: prompt.leftOut }) };
  const options = Object.fromEntries(
    Object.entries({ model: server.value?.model, temperature, topP, maxTokens, reasoningBudget, apiKey }).filter(([, value]) => value !== undefined),
  );
  try {
    for await (const event of streamChat(prompt.messages, options, abort.signal)) writer.take(event);
    writer.end({ state: writer.reason === 'length' ? 'length' : 'done' });
    status.value = texts.value.statusDone;
    const counted = writer.promptTokens();
    if (counted && prompt.estimate > 0) scale = Math.min(4, Math.max(0.25, (scale * counted) / prompt.estimate));
  } catch (error) {
    if (abort.signal.aborted) {
      writer.end({ state: 'stopped' });
      status.value = texts.value.statusStopped;
    } else {
      const { text, failure } = describe(error);
      writer.end({ state: 'error', error: text, ...(failure === 'key' ? { wantsKey: true } : {}) });
      status.value = text;
    }
  } finally {
    setRun(id, null);
    letGo(id);
    await saveConversation(conversation.value);
    void refreshServer();
  }
}

function answer(question: UserNode): void {
  const node: AssistantNode = {
    id: newId(), parent: question.id, role: 'assistant', created: Date.now(), content: '', reasoning: '', state: 'running',
  };
  if (server.value?.model !== undefined) node.model = server.value.model;
  append(node);
  void write(openSignal(), node.id);
}

function questionNode(content: string, parent: string | null): UserNode {
  const limit = promptLimit();
  const budget = Math.min(1500, Number.isFinite(limit) ? Math.floor(limit / 2 / scale) : 1500);
  const sources = findSources(documents.value, content, budget);
  return { id: newId(), parent, role: 'user', created: Date.now(), content, sources };
}

export const isRunning = (): boolean => runs.value.has(current.value.id);

/** Asks the next question of the open conversation. */
export function ask(content: string): void {
  if (isRunning() || content.trim() === '') return;
  notice.value = null;
  const last = path.value.at(-1);
  // A question without an answer is asked again rather than followed by a second one.
  const parent = last?.role === 'user' ? last.parent : (last?.id ?? null);
  const question = questionNode(content.trim(), parent);
  changeCurrent((conversation) => ({
    ...addNode(conversation, question),
    title: conversation.title === '' ? titleFrom(content) : conversation.title,
  }));
  answer(question);
}

/** Makes another answer to the same question. One that failed before it said anything is replaced. */
export function regenerate(nodeId: string): void {
  const old = current.value.nodes.find((node) => node.id === nodeId);
  const question = current.value.nodes.find((node) => node.id === old?.parent);
  if (isRunning() || old?.role !== 'assistant' || question?.role !== 'user') return;
  notice.value = null;
  if (old.state === 'error' && old.content === '' && old.reasoning === '') {
    changeCurrent((conversation) => ({ ...conversation, nodes: conversation.nodes.filter((node) => node.id !== nodeId) }));
  }
  answer(question);
}

/** Asks an edited question in the place of another. */
export function editQuestion(nodeId: string, content: string): void {
  const old = current.value.nodes.find((node) => node.id === nodeId);
  if (isRunning() || old?.role !== 'user' || content.trim() === '') return;
  notice.value = null;
  const question = questionNode(content.trim(), old.parent);
  append(question);
  answer(question);
}

export function stop(): void {
  runs.value.get(current.value.id)?.stop();
}
