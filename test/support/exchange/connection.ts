import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** A client's socket. What is sent in one go leaves in one write. */
export class Connection {
  /** what the client has subscribed to: pairs by channel */
  readonly channels = new Map<string, Set<string>>();
  /** until then nothing at all is sent, by our own clock */
  mutedUntilMs = 0;
  /** when something was sent last, by our own clock */
  sentAtMs = 0;
  /** messages that were sent */
  sent = 0;
  private corked = false;

  constructor(
    readonly socket: WebSocket,
    private readonly stream: Socket,
    readonly headers: IncomingHttpHeaders,
    readonly openedMicros: number,
  ) {}

  /** What waits in our memory because the client does not read, in bytes. */
  get waiting(): number {
    return this.socket.bufferedAmount;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  get isMuted(): boolean {
    return this.mutedUntilMs > 0 && Date.now() < this.mutedUntilMs;
  }

  send(text: string): void {
    if (!this.isOpen || this.isMuted) return;
    if (!this.corked) {
      this.corked = true;
      this.stream.cork();
      process.nextTick(() => {
        this.corked = false;
        this.stream.uncork();
        this.sentAtMs = Date.now();
      });
    }
    this.sent++;
    this.socket.send(text);
  }

  hears(channel: string, pair: string): boolean {
    return this.channels.get(channel)?.has(pair) ?? false;
  }

  /** Whether the client has subscribed to anything. */
  get isSubscribed(): boolean {
    return [...this.channels.values()].some((pairs) => pairs.size > 0);
  }

  subscribe(channel: string, pair: string): void {
    const pairs = this.channels.get(channel) ?? new Set();
    this.channels.set(channel, pairs.add(pair));
  }

  unsubscribe(channel: string, pair: string): void {
    this.channels.get(channel)?.delete(pair);
  }

  /** Ends without a word, as when a cable is pulled and the other side resets. */
  drop(): void {
    this.stream.resetAndDestroy();
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }
}
