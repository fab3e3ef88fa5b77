import type { Row } from './block.ts';

const minute = 60_000_000;

/** The trades of a minute, added up exactly. */
export interface MinuteSum {
  fromMicros: number;
  open: Row;
  close: Row;
  high: number;
  low: number;
  /** in units of the last digit of a quantity */
  units: bigint;
  /** price times quantity, in units of the last digit of both */
  notional: bigint;
  count: number;
}

/** The minutes of one product. Those since the beginning grow with each trade, those of the history are added up when asked for. */
export class BarBook {
  private readonly sums = new Map<number, MinuteSum>();

  constructor(
    private readonly originMicros: number,
    private readonly tradesOf: (fromMicros: number) => Row[],
  ) {}

  add(row: Row): void {
    const from = minuteOf(row.micros);
    // A late trade of a minute before the beginning: that minute is added up when asked for.
    if (from < this.originMicros) this.sums.delete(from);
    else addTo(this.sums, from, row);
  }

  sumOf(fromMicros: number): MinuteSum | undefined {
    if (fromMicros < this.originMicros && !this.sums.has(fromMicros)) {
      for (const row of this.tradesOf(fromMicros)) addTo(this.sums, fromMicros, row);
    }
    return this.sums.get(fromMicros);
  }
}

/** Adds up trades that need not be in any order. */
export function sumMinutes(rows: Iterable<Row>): Map<number, MinuteSum> {
  const sums = new Map<number, MinuteSum>();
  for (const row of rows) addTo(sums, minuteOf(row.micros), row);
  return sums;
}

export function minuteOf(micros: number): number {
  return Math.floor(micros / minute) * minute;
}

/** Opens with the lowest id and closes with the highest, whatever their times are. */
function addTo(sums: Map<number, MinuteSum>, fromMicros: number, row: Row): void {
  const notional = BigInt(row.ticks) * BigInt(row.units);
  const sum = sums.get(fromMicros);
  if (sum === undefined) {
    const { ticks, units } = row;
    const prices = { open: row, close: row, high: ticks, low: ticks };
    sums.set(fromMicros, { fromMicros, ...prices, units: BigInt(units), notional, count: 1 });
    return;
  }
  if (row.index < sum.open.index) sum.open = row;
  if (row.index > sum.close.index) sum.close = row;
  if (row.ticks > sum.high) sum.high = row.ticks;
  if (row.ticks < sum.low) sum.low = row.ticks;
  sum.units += BigInt(row.units);
  sum.notional += notional;
  sum.count++;
}
