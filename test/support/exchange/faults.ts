import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Treatment } from './delivery.ts';
import type { Door } from './door.ts';
import type { Feed } from './feed.ts';
import type { Market } from './market.ts';
import { minuteOf } from './minute-sum.ts';
import type { Venue } from './product.ts';
import type { Tape } from './tape.ts';

/** Something that the exchange has done wrong. */
export interface Misdeed {
  kind: string;
  venue?: Venue;
  pair?: string;
  /** the ids of the trades in question */
  ids?: string[];
  detail?: string;
  /** by our own clock */
  atMs: number;
  /** by the exchange's clock */
  atMicros: number;
}

export interface Ground {
  clock: Clock;
  feeds: ReadonlyMap<Venue, Feed>;
  door: Door;
}

/** Everything that the exchange can do wrong. Durations are of our own clock. "Next" trades are those that have not happened yet. */
export class Faults {
  readonly log: Misdeed[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly ground: Ground) {}

  note(kind: string, venue?: Venue, pair?: string, detail?: string, ids?: string[]): void {
    const { clock } = this.ground;
    this.log.push({ kind, venue, pair, detail, ids, atMs: Date.now(), atMicros: clock.nowMicros() });
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** Connections end without a word. @returns how many */
  drop(venue: Venue): number {
    return this.endAll('dropped', venue, (connection) => connection.drop());
  }

  /** Connections are closed politely. @returns how many */
  hangUp(venue: Venue, code = 1001, reason = 'going away'): number {
    return this.endAll('closed', venue, (connection) => connection.close(code, reason));
  }

  /** Connections are closed as after 24 hours. @returns how many */
  expire(venue: Venue): number {
    return this.endAll('expired', venue, (connection) => connection.close(1001, 'connection expired'));
  }

  /** Nobody can connect to the stream: 503. REST goes on. */
  refuseConnections(venue: Venue, ms: number): void {
    this.market(venue).shutUntilMs = Date.now() + ms;
    this.note('connections refused', venue, undefined, duration(ms));
  }

  /** The port is closed: nobody can connect to any venue, by stream or REST. */
  shutDoor(ms: number): void {
    this.ground.door.shut();
    this.note('door shut', undefined, undefined, duration(ms));
    this.openDoor(ms);
  }

  /** The connections that are open now stay so, and say nothing at all. */
  mute(venue: Venue, ms: number): void {
    for (const connection of this.feed(venue).connections) connection.mutedUntilMs = Date.now() + ms;
    this.note('mute', venue, undefined, duration(ms));
  }

  /** The trades of a product are not sent; heartbeats go on and count them. */
  muteProduct(venue: Venue, pair: string, ms: number): void {
    this.market(venue).delivery(pair).mutedUntilMs = Date.now() + ms;
    this.note('product mute', venue, pair, duration(ms));
  }

  /** Nobody trades a product; heartbeats go on. */
  idle(venue: Venue, pair: string, ms: number): void {
    const { clock } = this.ground;
    this.tape(venue, pair).keepQuiet(clock.nowMicros() + ms * 1000 * clock.speed());
    this.note('idle', venue, pair, duration(ms));
  }

  /** The heartbeats of a product say that its last trade is 0. */
  zeroHeartbeats(venue: Venue, pair: string, ms: number): void {
    this.market(venue).zeroUntilMs.set(pair, Date.now() + ms);
    this.note('heartbeats of 0', venue, pair, duration(ms));
  }

  /** The next trades are missing on the stream, and are there in REST. @returns their ids */
  omit(venue: Venue, pair: string, count = 1): string[] {
    return this.treat('omitted', venue, pair, count);
  }

  /** The next trades are sent twice. @returns their ids */
  double(venue: Venue, pair: string, count = 1): string[] {
    return this.treat('doubled', venue, pair, count);
  }

  /** The next trades wait for each other and are sent the last one first. @returns their ids */
  reorder(venue: Venue, pair: string, count = 2): string[] {
    return this.treat('reordered', venue, pair, count);
  }

  /** The messages of the next trades are cut off in the middle. @returns their ids */
  malform(venue: Venue, pair: string, count = 1): string[] {
    return this.treat('malformed', venue, pair, count);
  }

  /** The next trades are sent with the price "abc". @returns their ids */
  misprice(venue: Venue, pair: string, count = 1): string[] {
    return this.treat('mispriced', venue, pair, count);
  }

  /** Error messages are sent instead of the next trades. @returns their ids */
  replace(venue: Venue, pair: string, count = 1): string[] {
    return this.treat('replaced', venue, pair, count);
  }

  /** The next trades are missing on the stream, and in REST for some time. @returns their ids */
  hide(venue: Venue, pair: string, count: number, ms: number): string[] {
    const { end } = this.tape(venue, pair);
    this.market(venue).conceal(pair, end, end + count - 1, Date.now() + ms);
    return this.treat('omitted', venue, pair, count, `in REST too, ${duration(ms)}`);
  }

  /** The next ids are those of no trade at all: nobody can ever get them. @returns those ids */
  lose(venue: Venue, pair: string, count = 1): string[] {
    const tape = this.tape(venue, pair);
    for (let at = 0; at < count; at++) tape.holes.add(tape.end + at);
    const ids = nextIds(tape, count);
    this.note('lost', venue, pair, undefined, ids);
    return ids;
  }

  /** Trades with the same time, price and quantity happen now. @returns their ids */
  burst(venue: Venue, pair: string, count = 3): string[] {
    return this.add('burst', venue, pair, count, 0);
  }

  /** A trade happens now with a time that is past, by so much of the exchange's clock. @returns its id */
  late(venue: Venue, pair: string, byMs: number): string[] {
    return this.add('late', venue, pair, 1, byMs);
  }

  /** Candles and bars of a minute show a higher high and another volume than its trades have. @returns the minute, in microseconds */
  bendCandle(venue: Venue, pair: string, minuteMicros = minuteOf(this.ground.clock.nowMicros())): number {
    const bent = { volumeShare: 1.25, highShare: 1.01, untilMs: Infinity };
    this.market(venue).bend(pair, minuteMicros, bent);
    this.note('candle bent', venue, pair, new Date(minuteMicros / 1000).toISOString());
    return minuteMicros;
  }

  /** Candles and bars of a minute show too little volume, until it is corrected. @returns the minute, in microseconds */
  correctVolume(
    venue: Venue,
    pair: string,
    ms: number,
    minuteMicros = minuteOf(this.ground.clock.nowMicros()),
  ): number {
    this.market(venue).bend(pair, minuteMicros, { volumeShare: 0.7, highShare: 1, untilMs: Date.now() + ms });
    this.note('volume corrected', venue, pair, `${new Date(minuteMicros / 1000).toISOString()}, ${duration(ms)}`);
    return minuteMicros;
  }

  /** A product ends, and one of another name begins, without history. */
  rename(venue: Venue, pair: string, to: string): void {
    const market = this.market(venue);
    const tape = market.tape(pair);
    const now = this.ground.clock.nowMicros();
    const { rate } = tape.options;
    tape.keepQuiet(Infinity);
    market.gone.add(pair);
    market.ledger.open(venue, to, rate, now).advance(now);
    this.note('renamed', venue, pair, `to ${to}`);
  }

  /** The next requests of REST fail. */
  failRequests(
    venue: Venue,
    { count = 1, status = 503, retryAfter = 1, body = undefined as string | undefined } = {},
  ): void {
    const headers: Record<string, string> = status >= 400 ? { 'retry-after': String(retryAfter) } : {};
    for (let at = 0; at < count; at++) this.market(venue).refusals.push({ status, headers, body });
    this.note('requests failed', venue, undefined, `${String(count)} times ${String(status)}`);
  }

  /** Nobody can subscribe to a product. Who has done so stays subscribed. */
  refuseProduct(venue: Venue, pair: string, ms = Infinity): void {
    this.market(venue).refusedUntilMs.set(pair, Date.now() + ms);
    this.note('product refused', venue, pair, duration(ms));
  }

  /** A product that was refused can be subscribed to again. */
  offerProduct(venue: Venue, pair: string): void {
    this.market(venue).refusedUntilMs.delete(pair);
    this.note('product offered again', venue, pair);
  }

  /** Ends all that lasts. Trades that were hidden are shown, and connections that were refused a product are ended. */
  calm(): void {
    for (const [venue, { market, connections }] of this.ground.feeds) {
      market.calm();
      for (const connection of connections) connection.mutedUntilMs = 0;
      this.hangUp(venue);
    }
    this.openDoor(0);
    this.note('calm');
  }

  private openDoor(inMs: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      // Somebody else may have got the port meanwhile.
      this.ground.door.open().catch(() => this.openDoor(500));
    }, inMs);
    this.timers.add(timer);
  }

  private treat(treatment: Treatment, venue: Venue, pair: string, count: number, detail?: string): string[] {
    const tape = this.tape(venue, pair);
    this.market(venue)
      .delivery(pair)
      .treat(treatment, tape.end, tape.end + count - 1);
    const ids = nextIds(tape, count);
    this.note(treatment, venue, pair, detail, ids);
    return ids;
  }

  private add(kind: string, venue: Venue, pair: string, count: number, byMs: number): string[] {
    const tape = this.tape(venue, pair);
    const last = tape.lastBefore(tape.end);
    const row = { micros: tape.now - byMs * 1000, ticks: last?.ticks ?? 1, units: last?.units ?? 1, bought: true };
    const first = tape.add(Array.from({ length: count }, () => row));
    const ids = Array.from({ length: count }, (_, at) => tape.idOf(first + at));
    this.note(kind, venue, pair, byMs > 0 ? `by ${duration(byMs)}` : undefined, ids);
    return ids;
  }

  private endAll(kind: string, venue: Venue, end: (connection: Connection) => void): number {
    const { connections } = this.feed(venue);
    const count = connections.size;
    for (const connection of connections) end(connection);
    this.note(kind, venue, undefined, `${String(count)} connections`);
    return count;
  }

  private feed(venue: Venue): Feed {
    const feed = this.ground.feeds.get(venue);
    if (feed === undefined) throw new Error(`${venue} is not a venue of this exchange`);
    return feed;
  }

  private market(venue: Venue): Market {
    return this.feed(venue).market;
  }

  private tape(venue: Venue, pair: string): Tape {
    return this.market(venue).tape(pair);
  }
}

function nextIds(tape: Tape, count: number): string[] {
  return Array.from({ length: count }, (_, at) => tape.idOf(tape.end + at));
}

function duration(ms: number): string {
  return ms === Infinity ? 'for good' : `${String(ms / 1000)} s`;
}
