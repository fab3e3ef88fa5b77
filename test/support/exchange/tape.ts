import {
  countTrades,
  makeBlock,
  withoutTimes,
  withRow,
  type Block,
  type Row,
  type Seeds,
  type Stretch,
} from './block.ts';
import { BarBook, type MinuteSum } from './minute-sum.ts';
import { mix } from './noise.ts';
import type { Product, Venue } from './product.ts';

const second = 1_000_000;
const minute = 60 * second;

export interface TapeOptions {
  venue: Venue;
  product: Product;
  seeds: Seeds;
  /** the minute in which index 0 is; what was before is history with a rate of its own */
  originMicros: number;
  /** how far history goes back from there */
  historyMicros: number;
  /** trades in a second */
  rate: number;
  historyRate: number;
}

/** A trade that is added to what follows from the seed. */
export type AddedRow = Omit<Row, 'index'>;

interface Addition {
  place: number;
  at: number;
  row: AddedRow;
}

/** All trades of a product at a venue, in the order of their ids. They follow from the seed, and are made when somebody asks. */
export class Tape {
  /** the index after the last trade that has happened */
  end = 0;
  /** indexes that no trade has: holes of the venue's own history */
  readonly holes = new Set<number>();
  private nowMicros: number;
  private readonly origin: number;
  private readonly length: number;
  /** index of the first trade of block k: from the origin on, and before it */
  private readonly starts = [0];
  private readonly pasts = [0];
  private current = 0;
  private place = 0;
  private readonly blocks = new Map<number, Block>();
  private readonly additions = new Map<number, Addition[]>();
  private readonly quiet: [number, number][] = [];
  /** indexes of trades that carry an earlier time than those before them */
  private readonly late: number[] = [];
  private readonly bars: BarBook;

  constructor(readonly options: TapeOptions) {
    this.origin = Math.floor(options.originMicros / minute) * minute;
    this.nowMicros = this.origin;
    this.length = options.rate > 50 ? second : options.rate > 2 ? 10 * second : minute;
    this.bars = new BarBook(this.origin, (from) => this.between(from, from + minute));
  }

  get product(): Product {
    return this.options.product;
  }

  /** The time until which everything has happened. */
  get now(): number {
    return this.nowMicros;
  }

  /** The index of the oldest trade. */
  get first(): number {
    return this.startOf(-this.pastBlocks);
  }

  /** Lets everything happen until then. @returns the trades that are new */
  advance(nowMicros: number): Row[] {
    const rows: Row[] = [];
    this.nowMicros = Math.max(this.nowMicros, nowMicros);
    for (;;) {
      const block = this.block(this.current);
      while (this.place < block.size && (block.at[this.place] as number) <= this.nowMicros) this.happen(block, rows);
      if (this.stretch(this.current + 1).fromMicros > this.nowMicros) return rows;
      this.current++;
      this.starts[this.current] = this.end;
      this.place = 0;
    }
  }

  /** Adds trades that happen now. @returns the index of the first; they are there after the next `advance` */
  add(rows: readonly AddedRow[]): number {
    const additions = this.additions.get(this.current) ?? [];
    this.additions.set(this.current, additions);
    const pending = additions.filter(({ place }) => place >= this.place).length;
    for (const [at, row] of rows.entries()) {
      additions.push({ place: this.place + pending + at, at: this.nowMicros, row });
    }
    this.blocks.delete(this.current);
    return this.end + pending;
  }

  /** Nobody trades from now until then. */
  keepQuiet(untilMicros: number): void {
    this.quiet.push([this.nowMicros, untilMicros]);
    this.blocks.delete(this.current);
  }

  /** The trades from one index to before another, without those that don't exist or have not happened. */
  rows(from: number, to: number): Row[] {
    const rows: Row[] = [];
    let at = Math.max(from, this.first);
    const last = Math.min(to, this.end);
    while (at < last) {
      const number = this.numberOf(at);
      const start = this.startOf(number);
      const block = this.block(number);
      for (; at < last && at - start < block.size; at++) {
        if (!this.holes.has(at)) rows.push(rowOf(block, at - start, at));
      }
    }
    return rows;
  }

  /** The trades that carry a time from the first to before the last, oldest first; `limit` of them. */
  between(fromMicros: number, toMicros: number, limit = Infinity): Row[] {
    const within = ({ micros }: Row) => micros >= fromMicros && micros < toMicros;
    const rows: Row[] = [];
    const first = Math.max(this.numberAt(fromMicros), -this.pastBlocks);
    for (let number = first; number <= this.current; number++) {
      if (this.stretch(number).fromMicros >= toMicros || rows.length >= limit) break;
      const start = this.startOf(number);
      rows.push(...this.rows(start, start + this.block(number).size).filter(within));
    }
    if (this.late.length > 0) {
      const known = new Set(rows.map(({ index }) => index));
      for (const index of this.late) {
        if (!known.has(index)) rows.push(...this.rows(index, index + 1).filter(within));
      }
      rows.sort((one, other) => one.micros - other.micros || one.index - other.index);
    }
    return rows.length > limit ? rows.slice(0, limit) : rows;
  }

  /** The newest trade before an index. */
  lastBefore(index: number): Row | undefined {
    for (let at = Math.min(index, this.end) - 1; at >= this.first; at--) {
      const [row] = this.rows(at, at + 1);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** What the trades of a minute come to; undefined for one without trades. */
  minuteSum(fromMicros: number): MinuteSum | undefined {
    return this.bars.sumOf(fromMicros);
  }

  /** The minutes with trades from one to before another. */
  minutes(fromMicros: number, toMicros: number): MinuteSum[] {
    const sums: MinuteSum[] = [];
    const begin = Math.max(fromMicros, this.origin - this.pastBlocks * minute);
    const end = Math.min(toMicros, this.nowMicros + 1);
    for (let from = begin; from < end; from += minute) {
      const sum = this.minuteSum(from);
      if (sum !== undefined) sums.push(sum);
    }
    return sums;
  }

  /** Identifies the trade, as its venue does. */
  idOf(index: number): string {
    const { venue, seeds } = this.options;
    if (venue !== 'alpaca') return String(this.firstId + index);
    // 19 digits that grow, with gaps of which nothing can be concluded.
    return `220${String(3_500_000_000_000_000 + index * 1_000_003 + (mix(seeds.trades, index, 3) % 1_000_000)).padStart(16, '0')}`;
  }

  /** The index of an id that counts up. */
  indexOf(id: number): number {
    return id - this.firstId;
  }

  /** The nanoseconds of a time beyond its microsecond: 0 to 999. */
  nanosOf(micros: number): number {
    return mix(this.options.seeds.trades, micros % 1e9, micros / 1e9, 5) % 1000;
  }

  private get firstId(): number {
    return 100_000_000 + (mix(this.options.seeds.trades, 1) % 800_000_000);
  }

  private get pastBlocks(): number {
    return Math.floor(this.options.historyMicros / minute);
  }

  private happen(block: Block, rows: Row[]): void {
    const at = block.at[this.place] as number;
    const row = rowOf(block, this.place++, this.end++);
    if (row.micros < at) this.late.push(row.index);
    if (this.holes.has(row.index)) return;
    this.bars.add(row);
    rows.push(row);
  }

  private stretch(number: number): Stretch {
    const { rate, historyRate } = this.options;
    return number < 0
      ? { number, fromMicros: this.origin + number * minute, lengthMicros: minute, rate: historyRate }
      : { number, fromMicros: this.origin + number * this.length, lengthMicros: this.length, rate };
  }

  private block(number: number): Block {
    const known = this.blocks.get(number);
    if (known !== undefined) return known;
    const stretch = this.stretch(number);
    let block = makeBlock(this.options.seeds, this.product, stretch);
    for (const [from, to] of this.quiet) {
      const touches = from < stretch.fromMicros + stretch.lengthMicros && to > stretch.fromMicros;
      if (touches) block = withoutTimes(block, from, to);
    }
    for (const { place, at, row } of this.additions.get(number) ?? []) block = withRow(block, place, at, row);
    this.blocks.set(number, block);
    // The current one is needed at each step.
    for (const old of this.blocks.keys()) {
      if (this.blocks.size <= 64) break;
      if (old !== this.current) this.blocks.delete(old);
    }
    return block;
  }

  private numberAt(micros: number): number {
    const since = micros - this.origin;
    return Math.min(Math.floor(since / (since < 0 ? minute : this.length)), this.current);
  }

  private startOf(number: number): number {
    if (number >= 0) return this.starts[number] as number;
    for (let past = this.pasts.length; past <= -number; past++) {
      const before = this.pasts[past - 1] as number;
      this.pasts[past] = before - countTrades(this.options.seeds, this.stretch(-past));
    }
    return this.pasts[-number] as number;
  }

  /** The block that has an index: the last one that begins at it or before. */
  private numberOf(index: number): number {
    let [low, high] = index >= 0 ? [0, this.current] : [-this.pastBlocks, -1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.startOf(middle) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function rowOf(block: Block, place: number, index: number): Row {
  return {
    index,
    micros: block.micros[place] as number,
    ticks: block.ticks[place] as number,
    units: block.units[place] as number,
    bought: block.bought[place] === 1,
  };
}
