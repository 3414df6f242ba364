// One answer from POST /v1/chat/completions, as a stream.
import type { Usage } from '../model/types';
import { RequestError, errorFrom, errorIn } from './errors';
import { readEvents } from './sse';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatOptions {
  model?: string;
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  reasoningBudget?: number;
  apiKey?: string;
}

export type ChatEvent =
  | { kind: 'reasoning'; text: string }
  | { kind: 'content'; text: string }
  | { kind: 'finish'; reason: string; reasoningCut: boolean }
  | { kind: 'usage'; usage: Usage };

/** The server's name for the most tokens of reasoning. */
export const REASONING_BUDGET_FIELD = 'max_reasoning_tokens';

/** What the server may have done to end the reasoning before the model did. */
const REASONING_CUT = new Set<unknown>(['budget_close', 'reserve_close', 'loop_close']);

export function requestBody(messages: ChatMessage[], options: ChatOptions): Record<string, unknown> {
  const body: Record<string, unknown> = { messages, stream: true, stream_options: { include_usage: true } };
  if (options.model !== undefined) body.model = options.model;
  if (options.temperature !== undefined) body.temperature = options.temperature;
  if (options.topP !== undefined) body.top_p = options.topP;
  if (options.maxTokens !== undefined) body.max_tokens = options.maxTokens;
  if (options.reasoningBudget !== undefined) body[REASONING_BUDGET_FIELD] = options.reasoningBudget;
  return body;
}

const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0);

function usageIn(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const usage = value as Record<string, unknown>;
  const prompt = usage.prompt_tokens_details as Record<string, unknown> | undefined;
  const completion = usage.completion_tokens_details as Record<string, unknown> | undefined;
  return {
    promptTokens: count(usage.prompt_tokens),
    cachedTokens: count(prompt?.cached_tokens),
    completionTokens: count(usage.completion_tokens),
    reasoningTokens: count(completion?.reasoning_tokens),
  };
}

/** What an event of the stream says. Throws RequestError if it says that the server failed. */
export function readChunk(data: string): ChatEvent[] {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    throw new RequestError('server', `not JSON: ${data.slice(0, 200)}`);
  }
  const error = errorIn(chunk);
  if (error) throw new RequestError(error.code === 'context_length_exceeded' ? 'context' : 'server', error.message);
  const events: ChatEvent[] = [];
  const { choices, usage } = chunk as { choices?: unknown; usage?: unknown };
  const choice = Array.isArray(choices) ? (choices[0] as Record<string, unknown> | undefined) : undefined;
  const delta = choice?.delta as Record<string, unknown> | undefined;
  if (typeof delta?.reasoning_content === 'string' && delta.reasoning_content !== '') {
    events.push({ kind: 'reasoning', text: delta.reasoning_content });
  }
  if (typeof delta?.content === 'string' && delta.content !== '') events.push({ kind: 'content', text: delta.content });
  if (typeof choice?.finish_reason === 'string') {
    const done = Array.isArray(choice.interventions) ? (choice.interventions as unknown[]) : [];
    events.push({ kind: 'finish', reason: choice.finish_reason, reasoningCut: done.some((name) => REASONING_CUT.has(name)) });
  }
  const counted = usageIn(usage);
  if (counted) events.push({ kind: 'usage', usage: counted });
  return events;
}

export function authorization(apiKey: string | undefined): Record<string, string> {
  return apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
}

/** Asks and gives what comes. Throws RequestError, or the signal's AbortError. */
export async function* streamChat(messages: ChatMessage[], options: ChatOptions, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  let response: Response;
  try {
    response = await fetch('v1/chat/completions', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...authorization(options.apiKey) },
      body: JSON.stringify(requestBody(messages, options)),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestError('unreachable', '');
  }
  if (!response.ok || !response.body) throw await errorFrom(response);
  let finished = false;
  try {
    for await (const data of readEvents(response.body)) {
      if (data === '[DONE]') return;
      for (const event of readChunk(data)) {
        finished ||= event.kind === 'finish';
        yield event;
      }
    }
  } catch (error) {
    if (signal.aborted || error instanceof RequestError) throw error;
    throw new RequestError('cut', '');
  }
  if (!finished) throw new RequestError('cut', '');
}
