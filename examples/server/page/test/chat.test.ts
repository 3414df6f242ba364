import { afterEach, describe, expect, it, vi } from 'vitest';
import { readChunk, requestBody, streamChat, type ChatEvent } from '../src/api/chat';
import { RequestError, failureOf } from '../src/api/errors';
import { askServer, readServerInfo } from '../src/api/server';

const chunk = (delta: unknown, more: object = {}): string => JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null, ...more }] });

async function collect(signal = new AbortController().signal): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of streamChat([{ role: 'user', content: 'Hi' }], {}, signal)) events.push(event);
  return events;
}

function answerWith(body: string, status = 200): void {
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(body, { status }))));
}

afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('has only what was set', () => {
    expect(requestBody([], {})).toEqual({ messages: [], stream: true, stream_options: { include_usage: true } });
    expect(requestBody([], { model: 'm', temperature: 0, topP: 0.5, maxTokens: 9, reasoningBudget: 0 })).toMatchObject({
      model: 'm', temperature: 0, top_p: 0.5, max_tokens: 9, max_reasoning_tokens: 0,
    });
  });

  it('carries the key as a bearer token, and none if there is none', async () => {
    answerWith(`data: ${chunk({}, { finish_reason: 'stop' })}\n\ndata: [DONE]\n\n`);
    for await (const _ of streamChat([], { apiKey: 'secret' }, new AbortController().signal)) void _;
    for await (const _ of streamChat([], { apiKey: '' }, new AbortController().signal)) void _;
    const calls = vi.mocked(fetch).mock.calls.map(([, init]) => init?.headers as Record<string, string>);
    expect(calls[0]?.Authorization).toBe('Bearer secret');
    expect(calls[1]).not.toHaveProperty('Authorization');
  });
});

describe('a chunk', () => {
  it('gives reasoning, content, the end and the usage', () => {
    expect(readChunk(chunk({ reasoning_content: 'hm' }))).toEqual([{ kind: 'reasoning', text: 'hm' }]);
    expect(readChunk(chunk({ role: 'assistant', content: '' }))).toEqual([]);
    expect(readChunk(chunk({ content: '23' }))).toEqual([{ kind: 'content', text: '23' }]);
    expect(readChunk(chunk({}, { finish_reason: 'length' }))).toEqual([{ kind: 'finish', reason: 'length', reasoningCut: false }]);
    expect(readChunk(chunk({}, { finish_reason: 'stop', interventions: ['budget_close'] }))).toEqual([{ kind: 'finish', reason: 'stop', reasoningCut: true }]);
    const usage = { prompt_tokens: 5, completion_tokens: 7, completion_tokens_details: { reasoning_tokens: 3 }, prompt_tokens_details: { cached_tokens: 2 } };
    expect(readChunk(JSON.stringify({ choices: [], usage }))).toEqual([
      { kind: 'usage', usage: { promptTokens: 5, cachedTokens: 2, completionTokens: 7, reasoningTokens: 3 } },
    ]);
  });

  it('survives nonsense', () => {
    for (const data of ['{}', '[]', '{"choices": 3}', '{"choices": [null]}', '{"choices": [{"delta": {"content": 7}}]}', '{"usage": "much"}']) {
      expect(readChunk(data), data).toEqual([]);
    }
    expect(() => readChunk('<html>')).toThrow(RequestError);
  });
});

describe('failures', () => {
  it('are told apart', () => {
    expect([401, 429, 503, 504, 400, 500, 502].map((status) => failureOf(status, ''))).toEqual(['key', 'busy', 'busy', 'timeout', 'refused', 'server', 'unreachable']);
    expect(failureOf(400, 'context_length_exceeded')).toBe('context');
  });

  it('come from the body of a response', async () => {
    answerWith('{"error": {"message": "no room", "code": "context_length_exceeded"}}', 400);
    await expect(collect()).rejects.toMatchObject({ failure: 'context', message: 'no room' });
    answerWith('<html>proxy</html>', 503);
    await expect(collect()).rejects.toMatchObject({ failure: 'busy' });
  });

  it('come from an event, and from a stream that ends too early', async () => {
    answerWith('data: {"error": {"message": "shutting down", "code": ""}}\n\ndata: [DONE]\n\n');
    await expect(collect()).rejects.toMatchObject({ failure: 'server', message: 'shutting down' });
    answerWith(`data: ${chunk({ content: 'half' })}\n\n`);
    await expect(collect()).rejects.toMatchObject({ failure: 'cut' });
  });

  it('are not made of a stop that was asked for', async () => {
    const abort = new AbortController();
    abort.abort();
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(abort.signal.reason as Error)));
    await expect(collect(abort.signal)).rejects.toHaveProperty('name', 'AbortError');
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('failed'))));
    await expect(collect()).rejects.toMatchObject({ failure: 'unreachable' });
  });
});

describe('what the server says of itself', () => {
  it('is read where it is said', () => {
    const models = { data: [{ id: 'tiny-r1', context_length: 4096, memory: { used_bytes: 10, planned_bytes: 40 } }] };
    expect(readServerInfo(models)).toEqual({ connection: 'ok', model: 'tiny-r1', contextLength: 4096, memory: { used: 10, planned: 40 } });
    expect(readServerInfo({ data: [{ id: 'm', context_length: -1, memory: 'much' }] })).toEqual({ connection: 'ok', model: 'm' });
    for (const nothing of [undefined, null, [], { data: 7 }]) expect(readServerInfo(nothing)).toEqual({ connection: 'ok' });
  });

  it('includes that it wants a key, or is away', async () => {
    answerWith('{"error": {}}', 401);
    expect(await askServer(undefined)).toEqual({ connection: 'key' });
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('failed'))));
    expect(await askServer(undefined)).toEqual({ connection: 'down' });
  });
});
