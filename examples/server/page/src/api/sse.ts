// Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html describes them; only `data` matters here.

/** Takes pieces of a stream, cut anywhere, and gives the data of each event that is complete. */
export class EventParser {
  private buffer = '';
  private data: string[] = [];
  private first = true;

  push(text: string): string[] {
    if (this.first && text !== '') {
      this.first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    this.buffer += text;
    const events: string[] = [];
    for (;;) {
      const end = /\r\n|\n|\r/.exec(this.buffer);
      // A carriage return at the very end may be half of a line's end.
      if (!end || (end[0] === '\r' && end.index === this.buffer.length - 1)) return events;
      const line = this.buffer.slice(0, end.index);
      this.buffer = this.buffer.slice(end.index + end[0].length);
      if (line === '') {
        if (this.data.length > 0) events.push(this.data.join('\n'));
        this.data = [];
      } else if (line === 'data' || line.startsWith('data:')) {
        this.data.push(line.slice(5).replace(/^ /, ''));
      }
    }
  }
}

/** The events of a body. Ends when the body does. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      yield* parser.push(done ? decoder.decode() : decoder.decode(value, { stream: true }));
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
