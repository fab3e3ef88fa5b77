import { AlpacaFeed } from './alpaca/feed.ts';
import { AlpacaHistory } from './alpaca/history.ts';
import { startClock, type Clock } from './clock.ts';
import { CoinbaseFeed } from './coinbase/feed.ts';
import { CoinbaseHistory } from './coinbase/history.ts';
import { drawDay, type DayOptions } from './day.ts';
import { Door, type Endpoint } from './door.ts';
import { Faults } from './faults.ts';
import type { Feed, FeedOptions } from './feed.ts';
import { KrakenFeed } from './kraken/feed.ts';
import { KrakenHistory } from './kraken/history.ts';
import { Ledger } from './ledger.ts';
import { Market } from './market.ts';
import { minuteOf } from './minute-sum.ts';
import { venues as allVenues, type Venue } from './product.ts';
import { RateLimit } from './rate-limit.ts';
import { drawFaults, Schedule, type ScheduleOptions } from './schedule.ts';

const hour = 3_600_000;

export interface ExchangeOptions extends Partial<FeedOptions> {
  /** 0 (default) for any */
  port?: number;
  seed?: number;
  venues?: readonly Venue[];
  /** as in Ledger */
  pairs?: readonly (string | { pair: string; rate: number })[];
  /** trades in a second of the exchange's time, over all pairs and venues */
  rate?: number;
  /** the most trades in a second and pair before the beginning */
  historyRate?: number;
  /** how far trades go back before the beginning */
  historyMs?: number;
  /** where the exchange's time begins, in milliseconds since 1970; now by default */
  fromMs?: number;
  /** how fast its time runs until it has arrived at now */
  speed?: number;
  /** instead of `fromMs` and `speed` */
  clock?: Clock;
  /** where ids begin to be counted: the same as before goes on with the same trades after a restart */
  originMs?: number;
  /** whether a client that asks too often is refused */
  limitsRequests?: boolean;
  /** a client for which more bytes than these wait is cut off */
  bufferLimit?: number;
  /** a connection is closed after so long, in the exchange's time */
  lifetimeMs?: number;
  /** how often trades are sent */
  tickMs?: number;
  /** what it does wrong by itself; nothing by default */
  faults?: ScheduleOptions;
  /** instead of these: so much in a stretch of time */
  day?: DayOptions;
}

/** A stand-in for three venues on one port. Its ledger is the truth, and what it does wrong is in `faults.log`. */
export class Exchange {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  private readonly markets = new Map<Venue, Market>();
  private readonly endpoints = new Map<Venue, Endpoint>();
  private readonly door: Door;
  private readonly schedule: Schedule;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: ExchangeOptions = {}) {
    const { venues = allVenues, pairs = ['BTC/USD', 'ETH/USD'], seed = 1, rate = 20 } = options;
    this.clock = options.clock ?? startClock(options.fromMs, options.speed);
    const originMs = options.originMs ?? this.clock.nowMicros() / 1000;
    this.ledger = new Ledger({
      ...{ seed, venues, pairs, rate, originMicros: minuteOf(originMs * 1000) },
      ...{ historyRate: options.historyRate ?? 0.2, historyMs: options.historyMs ?? 25 * hour },
    });
    const feedOptions: FeedOptions = {
      firstMessageWithinMs: options.firstMessageWithinMs ?? { coinbase: 5_000, alpaca: 10_000 },
      krakenQuietMs: options.krakenQuietMs ?? 950,
      refusesWhole: options.refusesWhole ?? false,
      alpacaKey: options.alpacaKey ?? { id: 'key', secret: 'secret' },
      alpacaConnections: options.alpacaConnections ?? 1,
    };
    for (const venue of venues) this.found(new Market(venue, this.ledger, this.clock), feedOptions);
    // What happened before it opens is history.
    for (const market of this.markets.values()) market.advance();
    this.door = new Door(this.endpoints, this.clock);
    this.faults = new Faults({ clock: this.clock, feeds: this.feeds, door: this.door });
    const names = pairs.map((each) => (typeof each === 'string' ? each : each.pair));
    const faultOptions: ScheduleOptions =
      options.faults === undefined ? { level: 'none' } : { seed, ...options.faults };
    const drawn =
      options.day === undefined
        ? drawFaults(faultOptions, venues, names)
        : drawDay({ seed, ...options.day }, venues, names).values();
    this.schedule = new Schedule(this.faults, drawn);
  }

  get port(): number {
    return this.door.port;
  }

  get feeds(): ReadonlyMap<Venue, Feed> {
    return new Map([...this.endpoints].map(([venue, { feed }]) => [venue, feed]));
  }

  addresses(venue: Venue): { stream: string; url: string } {
    return this.door.addresses(venue);
  }

  /** What a lake needs in its environment to come here. */
  get environment(): Record<string, string> {
    const names = [...this.endpoints.keys()].flatMap((venue) => {
      const { stream, url } = this.addresses(venue);
      const prefix = `CRYPTODM_MARKET_${venue.toUpperCase()}`;
      return [
        [`${prefix}_STREAM`, stream],
        [venue === 'alpaca' ? 'CRYPTODM_ALPACA_URL' : `${prefix}_URL`, url],
      ];
    });
    return Object.fromEntries(names) as Record<string, string>;
  }

  async start(): Promise<this> {
    await this.door.open(this.options.port ?? 0);
    this.timers.push(setInterval(() => this.tick(), this.options.tickMs ?? 10));
    this.timers.push(setInterval(() => this.pulse(), 1000));
    this.schedule.start();
    return this;
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.schedule.close();
    this.faults.close();
    await this.door.close();
  }

  /** Lets everything happen until now, and sends it. The timer does this too. */
  tick(): void {
    for (const [venue, market] of this.markets) {
      const feed = this.endpoints.get(venue)?.feed;
      for (const [tape, sendings] of market.advance()) feed?.publish(tape, sendings);
    }
    this.cutOffSlow();
  }

  /** One line about what happens. */
  describe(): string {
    const venues = [...this.endpoints].map(([venue, { feed }]) => {
      const trades = feed.market.pairs.reduce((sum, pair) => sum + this.ledger.count(venue, pair), 0);
      const waiting = [...feed.connections].reduce((sum, each) => sum + each.waiting, 0);
      const late = waiting > 0 ? `, ${String(waiting)} bytes wait` : '';
      return `${venue} ${String(trades)} trades, ${String(feed.connections.size)} clients, ${String(feed.market.requests)} requests${late}`;
    });
    const time = new Date(this.clock.nowMicros() / 1000).toISOString().slice(0, 19);
    return `${time}  ${venues.join(' | ')} | ${String(this.faults.log.length)} faults`;
  }

  /** Heartbeats, bars, and the end of old connections. The timer calls it each second. */
  pulse(): void {
    const lifetime = (this.options.lifetimeMs ?? 24 * hour) * 1000;
    const now = this.clock.nowMicros();
    for (const [venue, { feed }] of this.endpoints) {
      feed.pulse();
      for (const connection of feed.connections) {
        if (now - connection.openedMicros < lifetime) continue;
        this.faults.note('expired', venue);
        connection.close(1001, 'connection expired');
      }
    }
  }

  private cutOffSlow(): void {
    const limit = this.options.bufferLimit ?? 16 * 2 ** 20;
    for (const [venue, { feed }] of this.endpoints) {
      for (const connection of feed.connections) {
        if (connection.waiting <= limit) continue;
        this.faults.note('slow consumer', venue, undefined, `${String(connection.waiting)} bytes waited`);
        connection.drop();
      }
    }
  }

  private found(market: Market, options: FeedOptions): void {
    this.markets.set(market.venue, market);
    this.endpoints.set(market.venue, { ...endpointOf(market, options), ...this.limitOf(market.venue) });
  }

  private limitOf(venue: Venue): { limit: RateLimit | undefined } {
    if (this.options.limitsRequests === false) return { limit: undefined };
    switch (venue) {
      case 'coinbase':
        return { limit: new RateLimit(10, 15) };
      case 'kraken':
        return { limit: new RateLimit(1, 2) };
      case 'alpaca':
        return { limit: new RateLimit(200 / 60, 200) };
    }
  }
}

function endpointOf(market: Market, options: FeedOptions): Pick<Endpoint, 'feed' | 'history'> {
  switch (market.venue) {
    case 'coinbase':
      return { feed: new CoinbaseFeed(market, options), history: new CoinbaseHistory(market) };
    case 'kraken':
      return { feed: new KrakenFeed(market, options), history: new KrakenHistory(market) };
    case 'alpaca':
      return { feed: new AlpacaFeed(market, options), history: new AlpacaHistory(market) };
  }
}
