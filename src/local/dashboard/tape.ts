import { newestPair, type Renamed } from '../../lake/renames.ts';
import type { FollowedRecord } from '../../tools/topic-follower.ts';
import type { MarketTrade, TapeAnswer } from './api.ts';

/** Trades of a coin that are shown. */
export const tapeLength = 30;

interface Kept {
  trade: MarketTrade;
  /** the count of its coin when it came; 0 for one that is not news */
  at: number;
}

interface CoinTape {
  /** the oldest first */
  kept: Kept[];
  /** trades that were among the newest when they came */
  count: number;
  /** what the table holds is among them */
  filled: boolean;
}

/** The newest trades of each coin, under any of its names, at all exchanges, and how many have passed. */
export class Tape {
  private readonly coins = new Map<string, CoinTape>();
  /** Counts of another one say nothing here. */
  private epoch = Date.now();

  constructor(private readonly renamed: Renamed = {}) {}

  /**
   * Takes records of the topic of market trades; those that are no trades are left out.
   * @param newsFromMs trades that were produced earlier are no news, in milliseconds since 1970
   * @returns coins with new trades
   */
  take(records: readonly FollowedRecord[], newsFromMs: number): Set<string> {
    const changed = new Set<string>();
    for (const { value, source, producedAt } of records) {
      const found = readTrade(value.toString('utf8'), source);
      if (found === undefined) continue;
      const coin = newestPair(this.renamed, found.coin);
      if (this.add(coin, found.trade, producedAt >= newsFromMs)) changed.add(coin);
    }
    return changed;
  }

  isFilled(coin: string): boolean {
    return this.coins.get(coin)?.filled === true;
  }

  /** Adds what the table holds of a coin. */
  fill(coin: string, trades: readonly MarketTrade[]): void {
    const tape = this.of(coin);
    tape.filled = true;
    for (const trade of trades) this.add(coin, { ...trade, time: microTime(trade.time) ?? trade.time }, false);
  }

  /** @param after the `next` of an answer before */
  read(coin: string, after: string | undefined): TapeAnswer {
    const { kept, count } = this.coins.get(coin) ?? { kept: [], count: 0 };
    const [epoch, seen] = (after ?? '').split('.').map(Number);
    const known = after === undefined || epoch !== this.epoch ? undefined : (seen ?? 0);
    const skipped = known === undefined ? undefined : count - known - kept.filter(({ at }) => at > known).length;
    return {
      trades: kept.map(({ trade }) => trade).reverse(),
      next: `${String(this.epoch)}.${String(count)}`,
      skipped: after === undefined ? 0 : (skipped ?? null),
    };
  }

  /** The table may hold trades that did not come here: it is asked again. */
  refill(): void {
    for (const tape of this.coins.values()) tape.filled = false;
  }

  /** Trades have passed that nobody has counted. */
  lose(): void {
    this.epoch = Math.max(Date.now(), this.epoch + 1);
    this.refill();
  }

  private of(coin: string): CoinTape {
    const known = this.coins.get(coin) ?? { kept: [], count: 0, filled: false };
    this.coins.set(coin, known);
    return known;
  }

  /** @returns whether it is among the newest */
  private add(coin: string, trade: MarketTrade, isNews: boolean): boolean {
    const tape = this.of(coin);
    const { kept } = tape;
    let place = kept.length;
    while (place > 0 && compare(kept[place - 1]?.trade, trade) > 0) place -= 1;
    const before = kept[place - 1]?.trade;
    if (before !== undefined && compare(before, trade) === 0) return false;
    if (place === 0 && kept.length >= tapeLength) return false;
    if (isNews) tape.count += 1;
    kept.splice(place, 0, { trade, at: isNews ? tape.count : 0 });
    if (kept.length > tapeLength) kept.shift();
    return true;
  }
}

/** By time; trades of one moment by exchange and id. 0 for one trade that came twice. */
function compare(one: MarketTrade | undefined, other: MarketTrade): number {
  if (one === undefined) return -1;
  if (one.time !== other.time) return one.time < other.time ? -1 : 1;
  if (one.source !== other.source) return one.source < other.source ? -1 : 1;
  if (one.id.length !== other.id.length) return one.id.length - other.id.length;
  return one.id === other.id ? 0 : one.id < other.id ? -1 : 1;
}

/** A trade of a record of the topic; undefined for another record, and for one that is malformed. */
function readTrade(text: string, source: string): { coin: string; trade: MarketTrade } | undefined {
  let fields: Partial<Record<string, unknown>> | null;
  try {
    // Numbers become texts: ids and prices have more digits than a double.
    fields = JSON.parse(text.replace(/("\s*:\s*)(-?\d[\d.eE+-]*)/g, '$1"$2"')) as typeof fields;
  } catch {
    return undefined;
  }
  const [coin, id, price, quantity] = ['pair', 'id', 'price', 'quantity'].map((name) => fields?.[name]);
  const time = microTime(fields?.['time']);
  if (![coin, id, price, quantity].every((value) => typeof value === 'string') || time === undefined) return undefined;
  const side = fields?.['side'];
  return {
    coin: coin as string,
    trade: {
      ...{ source, id: id as string, time, price: price as string, quantity: quantity as string },
      side: side === 'buy' || side === 'sell' ? side : null,
    },
  };
}

/** Times with six digits of a second compare as texts. */
function microTime(time: unknown): string | undefined {
  const [, whole, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(String(time)) ?? [];
  return whole === undefined ? undefined : `${whole}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}
