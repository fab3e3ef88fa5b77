import type { Exchange } from './exchange.ts';
import type { ServerResponse } from 'node:http';
import { Fault } from '../../errors.ts';

/** Pages that may listen at once; a browser opens one stream a page. */
const mostListeners = 32;
/** Bytes that wait for a page before it is cut off; it connects again by itself. */
const mostWaiting = 2 ** 20;
const beatEveryMs = 15_000;

/** Tells every open page what is new, by server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class LiveFeed {
  private readonly listeners = new Set<ServerResponse>();
  private readonly beat: NodeJS.Timeout;

  constructor() {
    // A comment: whoever went away without a word is noticed.
    this.beat = setInterval(() => this.write(':\n\n'), beatEveryMs);
  }

  get isHeard(): boolean {
    return this.listeners.size > 0;
  }

  /** @throws Fault of kind `locked` when too many pages listen */
  open({ response }: Exchange): void {
    if (this.listeners.size >= mostListeners)
      throw new Fault('locked', 'too many pages are open', { next: 'Close some.' });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.listeners.add(response);
    response.once('close', () => this.listeners.delete(response));
  }

  send(event: string, content: unknown): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(content)}\n\n`);
  }

  close(): void {
    clearInterval(this.beat);
    for (const listener of this.listeners) listener.destroy();
  }

  private write(text: string): void {
    for (const listener of this.listeners) {
      if (listener.writableLength > mostWaiting) listener.destroy();
      else listener.write(text);
    }
  }
}
