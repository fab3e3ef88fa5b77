import { seeded } from '../test/faults/random.ts';

/** Partitions of the topic of quotes, as the lake declares them. */
export const partitions = 2;

export interface Quote {
  /** number of the coin, from 0 */
  coin: number;
  /** start of its minute, milliseconds since the epoch */
  minute: number;
  /** close, in hundredths of a dollar */
  cents: number;
}

/** What a table must hold. */
export interface Tally {
  rows: number;
  /** number of distinct pairs of coin and minute */
  keys: number;
  /** sum of the last close of each key, in dollars with 12 decimals */
  total: string;
}

export function pairOf(coin: number): string {
  return `C${String(coin).padStart(3, '0')}/USD`;
}

/** The partition of a coin. Set explicitly and not by Kafka's hash, so that readers can compute it too. */
export function partitionOf(coin: number): number {
  return coin % partitions;
}

/** The record of a quote, in the form of docs/contracts.md. */
export function recordOf({ coin, minute, cents }: Quote) {
  const pair = pairOf(coin);
  const price = cents / 100;
  const t = new Date(minute).toISOString().replace('.000Z', 'Z');
  const bar = { c: price, h: price, l: price, n: 1, o: price, t, v: 1, vw: price };
  return {
    key: pair,
    partition: partitionOf(coin),
    value: JSON.stringify({ bars: { [pair]: bar } }),
    headers: { source: 'replay' },
  };
}

/** Remembers the last close of each coin and minute. */
export class LastCloses {
  private readonly cents = new Map<string, number>();

  note({ coin, minute, cents }: Quote): void {
    this.cents.set(`${String(coin)} ${String(minute)}`, cents);
  }

  /** Key count and total of a table that keeps the last revision of each key. */
  tally(): Tally {
    let sum = 0n;
    for (const cents of this.cents.values()) sum += BigInt(cents);
    return { rows: this.cents.size, keys: this.cents.size, total: totalOf(sum) };
  }
}

/** Hundredths of a dollar in the format of a table. */
export function totalOf(cents: bigint): string {
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}0000000000`;
}

/** How many quotes back a revision or repeat reaches. */
const reach = 1000;

/** Quotes of past minutes in order; 10% revise a quote of the last minutes, 10% repeat one unchanged. */
export function* history(events: number, coins: number, seed: number): Generator<Quote> {
  const random = seeded(seed);
  const begin = Date.parse('2025-07-08T00:00:00Z');
  const recent: Quote[] = [];
  let fresh = 0;
  for (let event = 0; event < events; event += 1) {
    const kind = recent.length < reach ? 9 : random.below(10);
    if (kind < 2) {
      const place = random.below(reach);
      const old = recent[place] as Quote;
      // Always different from the quote that it revises.
      const quote = kind === 0 ? old : { ...old, cents: old.cents + 1 + random.below(100) };
      recent[place] = quote;
      yield quote;
      continue;
    }
    const minute = begin + Math.floor(fresh / coins) * 60_000;
    const quote = { coin: fresh % coins, minute, cents: 1_000_000 + random.below(9_000_000) };
    recent[fresh % reach] = quote;
    fresh += 1;
    yield quote;
  }
}
