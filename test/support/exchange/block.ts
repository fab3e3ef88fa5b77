import { seeded } from '../../faults/random.ts';
import { countAround, mix, noiseAt, priceAt } from './noise.ts';
import type { Product } from './product.ts';

/** What trades are drawn from. */
export interface Seeds {
  trades: number;
  /** venues share the prices of a pair */
  prices: number;
}

/** One trade: times in microseconds, price and quantity in units of their last digit. */
export interface Row {
  /** counts up by one; 0 is the first trade after the beginning of the ledger */
  index: number;
  micros: number;
  ticks: number;
  units: number;
  /** whether the taker bought */
  bought: boolean;
}

/** The trades of a stretch of time, in columns. */
export interface Block {
  size: number;
  /** when it happens, never decreasing */
  at: Float64Array;
  /** the time that it carries: that of a late trade is earlier */
  micros: Float64Array;
  ticks: Float64Array;
  units: Float64Array;
  bought: Uint8Array;
}

/** A stretch of time, with a number that is its own. */
export interface Stretch {
  number: number;
  fromMicros: number;
  lengthMicros: number;
  /** trades in a second, on average */
  rate: number;
}

/** The same number as the size of `makeBlock`, without making it. */
export function countTrades({ trades: seed }: Seeds, stretch: Stretch): number {
  return countAround(seeded(mix(seed, stretch.number)), meanOf(seed, stretch));
}

/** All that a block holds follows from the seed and its stretch, so it can be forgotten and made again. */
export function makeBlock(seeds: Seeds, product: Product, stretch: Stretch): Block {
  const random = seeded(mix(seeds.trades, stretch.number));
  const size = countAround(random, meanOf(seeds.trades, stretch));
  const block = emptyBlock(size);
  const { fromMicros, lengthMicros } = stretch;
  const scale = 10 ** product.priceDigits;
  const quantityScale = 10 ** product.quantityDigits;
  const first = priceAt(seeds.prices, product.startPrice, fromMicros);
  const last = priceAt(seeds.prices, product.startPrice, fromMicros + lengthMicros);
  let sum = 0;
  for (let at = 0; at < size; at++) block.at[at] = sum += -Math.log(1 - random.next());
  sum += -Math.log(1 - random.next());
  for (let at = 0; at < size; at++) {
    // An order that takes several others at once: trades of one time and one side.
    const joins = at > 0 && random.next() < 0.12;
    const time = joins
      ? (block.at[at - 1] as number)
      : fromMicros + Math.floor(((block.at[at] as number) / sum) * lengthMicros);
    block.at[at] = time;
    block.bought[at] = joins ? (block.bought[at - 1] as number) : random.below(2);
    const price = (first + ((last - first) * (time - fromMicros)) / lengthMicros) * (1 + random.between(-1e-4, 1e-4));
    block.ticks[at] = Math.max(1, Math.round(price * scale));
    const worth = 10 ** random.between(0, 4.3);
    block.units[at] = random.next() < 0.01 ? 1 : Math.max(1, Math.round((worth / price) * quantityScale));
  }
  block.micros = block.at;
  return block;
}

/** The block with only the trades that are kept, and with one more at a place. */
export function withRow(block: Block, place: number, at: number, row: Omit<Row, 'index'>): Block {
  const grown = emptyBlock(block.size + 1);
  grown.micros = new Float64Array(block.size + 1);
  for (const name of ['at', 'micros', 'ticks', 'units', 'bought'] as const) {
    grown[name].set(block[name].subarray(0, place));
    grown[name].set(block[name].subarray(place), place + 1);
  }
  grown.at[place] = at;
  grown.micros[place] = row.micros;
  grown.ticks[place] = row.ticks;
  grown.units[place] = row.units;
  grown.bought[place] = Number(row.bought);
  return grown;
}

/** The block without the trades of these times, from the first to before the last. */
export function withoutTimes(block: Block, fromMicros: number, toMicros: number): Block {
  const kept = [...block.at.keys()].filter((at) => !isWithin(block.at[at] as number, fromMicros, toMicros));
  if (kept.length === block.size) return block;
  const column = (values: Float64Array) => Float64Array.from(kept, (at) => values[at] as number);
  const at = column(block.at);
  return {
    ...{ size: kept.length, at, micros: at, ticks: column(block.ticks), units: column(block.units) },
    bought: Uint8Array.from(kept, (place) => block.bought[place] as number),
  };
}

const isWithin = (micros: number, from: number, to: number) => micros >= from && micros < to;

function emptyBlock(size: number): Block {
  const at = new Float64Array(size);
  const [ticks, units, bought] = [new Float64Array(size), new Float64Array(size), new Uint8Array(size)];
  return { size, at, micros: at, ticks, units, bought };
}

/** Markets are livelier at some times than at others. */
function meanOf(seed: number, { fromMicros, lengthMicros, rate }: Stretch): number {
  return rate * (lengthMicros / 1e6) * (1 + 0.3 * noiseAt(mix(seed, 7), fromMicros, 300e6));
}
