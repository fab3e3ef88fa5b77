import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

/** A message as a client reads it. Numbers beyond 2^53 are in its text only. */
export interface Heard {
  text: string;
  /** undefined when it is no JSON */
  value: unknown;
}

/** A client of a stream, which remembers all that it has heard. */
export class Client {
  readonly heard: Heard[] = [];
  /** the code of the end; 1006 when there was no word */
  ended: number | undefined;
  private readonly watchers = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      this.heard.push({ text, value: parse(text) });
      this.look();
    });
    socket.on('close', (code) => {
      this.ended = code;
      this.look();
    });
    socket.on('error', () => undefined);
  }

  static async open(address: string, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(new WebSocket(address, options));
    await once(client.socket, 'open');
    return client;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Waits until something is found. @returns what was found */
  async until<T>(what: string, find: (client: this) => T | undefined | false, withinMs = 20_000): Promise<T> {
    const end = Date.now() + withinMs;
    for (;;) {
      const found = find(this);
      if (found !== undefined && found !== false) return found;
      if (Date.now() > end) {
        const last = this.heard.slice(-5).map(({ text }) => text.slice(0, 300));
        throw new Error(`waited in vain for ${what}; last heard:\n${last.join('\n')}`);
      }
      await this.news(end);
    }
  }

  /** All messages that fit, with their fields. */
  values(fits: (value: Record<string, unknown>) => boolean): Record<string, unknown>[] {
    return this.heard
      .flatMap(({ value }) => (Array.isArray(value) ? (value as unknown[]) : [value]))
      .filter((value) => typeof value === 'object' && value !== null)
      .map((value) => value as Record<string, unknown>)
      .filter(fits);
  }

  /** Waits for a message that fits. */
  async message(what: string, fits: (value: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    return await this.until(what, () => this.values(fits)[0]);
  }

  close(): void {
    this.socket.terminate();
  }

  private look(): void {
    for (const watcher of this.watchers) watcher();
  }

  /** Until something is heard, or it is time to give up. */
  private async news(end: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, end - Date.now()) + 1);
      this.watchers.add(done);
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
