import type { Connection } from './connection.ts';
import type { Sending } from './delivery.ts';
import type { Market } from './market.ts';
import type { Tape } from './tape.ts';

export interface FeedOptions {
  /** Coinbase and Alpaca close a connection that says nothing for so long */
  firstMessageWithinMs: { coinbase: number; alpaca: number };
  /** Kraken sends a heartbeat when nothing was sent for so long */
  krakenQuietMs: number;
  /** one refused product refuses all products of the same request */
  refusesWhole: boolean;
  /** what Alpaca accepts */
  alpacaKey: { id: string; secret: string };
  /** connections that Alpaca allows */
  alpacaConnections: number;
}

/** What a venue's stream says. A class for each venue knows its words. */
export abstract class Feed {
  readonly connections = new Set<Connection>();

  constructor(
    readonly market: Market,
    protected readonly options: FeedOptions,
  ) {}

  open(connection: Connection): void {
    this.connections.add(connection);
    const { socket } = connection;
    socket.on('message', (data: Buffer) => this.receive(connection, data.toString()));
    // One that is mute does not even answer a ping.
    socket.on('ping', (data) => {
      if (!connection.isMuted) socket.pong(data);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.connections.delete(connection));
    this.greet(connection);
  }

  /** Sends what has happened in a product. */
  abstract publish(tape: Tape, sendings: Sending[]): void;

  /** Called once a second. */
  abstract pulse(): void;

  protected abstract greet(connection: Connection): void;

  protected abstract hear(connection: Connection, message: Record<string, unknown>): void;

  /** The client has sent something that is no JSON. */
  protected abstract complain(connection: Connection): void;

  protected listeners(channel: string, pair: string): Connection[] {
    return [...this.connections].filter((connection) => connection.hears(channel, pair));
  }

  /** Whether a client may subscribe to a product. */
  protected offers(pair: string): boolean {
    return this.market.knows(pair) && Date.now() >= (this.market.refusedUntilMs.get(pair) ?? 0);
  }

  private receive(connection: Connection, text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.complain(connection);
      return;
    }
    if (typeof message !== 'object' || message === null) this.complain(connection);
    else this.hear(connection, message as Record<string, unknown>);
  }
}

/** The texts of a list that a client has sent. */
export function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
}

/** A message that stops in the middle. */
export function cutOff(text: string): string {
  return text.slice(0, Math.floor(text.length * 0.6));
}
