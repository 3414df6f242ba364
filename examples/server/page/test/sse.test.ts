import { describe, expect, it } from 'vitest';
import { EventParser, readEvents } from '../src/api/sse';

const STREAM = '\uFEFF: a comment\ndata: {"a": 1}\n\nevent: x\r\ndata: two\r\ndata:lines\r\n\r\nid: 7\n\ndata:  鸡兔\r\rdata\n\ndata: [DONE]\n\n';
const EVENTS = ['{"a": 1}', 'two\nlines', ' 鸡兔', '', '[DONE]'];

function bodyOf(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

describe('server-sent events', () => {
  it('come out the same wherever the stream is cut', async () => {
    const bytes = new TextEncoder().encode(STREAM);
    for (const size of [1, 2, 3, 5, 7, bytes.length]) {
      const events: string[] = [];
      for await (const event of readEvents(bodyOf(bytes, size))) events.push(event);
      expect(events, `in pieces of ${size}`).toEqual(EVENTS);
    }
  });

  it('are not given before they are complete', () => {
    const parser = new EventParser();
    expect(parser.push('data: half')).toEqual([]);
    expect(parser.push(' and half\n')).toEqual([]);
    expect(parser.push('\n')).toEqual(['half and half']);
    expect(parser.push('data: never ended\n')).toEqual([]);
  });
});
