import type { ServerResponse } from 'node:http';
import { Fault } from '../../errors.ts';
import type { LiveEvents } from './api.ts';
import type { Exchange } from './exchange.ts';

/** Most open streams; a browser opens one for each page. */
const mostListeners = 32;
/** Bytes that wait for a page before its stream is cut; the browser connects again by itself. */
const mostWaiting = 2 ** 20;
const keepAliveEveryMs = 15_000;

/** Sends every open page what is new, by server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class LiveFeed {
  private readonly listeners = new Set<ServerResponse>();
  private readonly keepAlive: NodeJS.Timeout;

  constructor() {
    // A comment line: writing to a connection that is gone closes it.
    this.keepAlive = setInterval(() => this.write(':\n\n'), keepAliveEveryMs);
  }

  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }

  /** @throws Fault of kind `locked` when too many pages listen */
  open({ response }: Exchange): void {
    if (this.listeners.size >= mostListeners)
      throw new Fault('locked', 'too many pages of the dashboard are open', { next: 'Close some of them.' });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.listeners.add(response);
    response.once('close', () => this.listeners.delete(response));
  }

  send<Name extends keyof LiveEvents>(event: Name, content: LiveEvents[Name]): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(content)}\n\n`);
  }

  close(): void {
    clearInterval(this.keepAlive);
    for (const listener of this.listeners) listener.destroy();
  }

  private write(text: string): void {
    for (const listener of this.listeners) {
      if (listener.writableLength > mostWaiting) listener.destroy();
      else listener.write(text);
    }
  }
}
