import type { TableMetadata } from './metadata.ts';

/** How a table grows at present. */
export interface Growth {
  rowsPerSecond: number;
  /** of its files as they are now, its deletes included */
  bytesPerRow: number;
}

const minute = 60_000;
const windowMs = 6 * 60 * minute;
/** A younger table does not say yet how it will grow. */
const leastMs = 10 * minute;
/** The rate is the median of the rates of so many parts of the window: what a history brings at once, or a stop, is no rate. */
const parts = 12;

/**
 * How a table has grown in the last six hours, by the rows that its snapshots state. Reads nothing.
 * @param now milliseconds since the epoch
 * @returns undefined for a table without rows, or with less than ten minutes of snapshots
 */
export function growthOf({ snapshots, current }: TableMetadata, now: number): Growth | undefined {
  const points = snapshots.flatMap(({ at, summary }) => {
    const rows = summary['cryptodm.rows'];
    return rows === undefined ? [] : [{ at, rows: Number(rows) }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.rows <= 0) return undefined;
  const from = Math.max(first.at, now - windowMs);
  if (now - from < leastMs) return undefined;
  const part = (now - from) / parts;
  const rates: number[] = [];
  // Both go forward in time, so that each point is looked at once.
  let place = 0;
  const rowsAt = (time: number): number => {
    while ((points[place + 1]?.at ?? Number.POSITIVE_INFINITY) <= time) place += 1;
    const [one, next] = [points[place] ?? first, points[place + 1]];
    if (next === undefined) return one.rows;
    return one.rows + ((next.rows - one.rows) * (time - one.at)) / (next.at - one.at);
  };
  let before = rowsAt(from);
  for (let n = 1; n <= parts; n += 1) {
    const after = rowsAt(from + n * part);
    // Rows that were removed are no growth.
    rates.push((1000 * Math.max(0, after - before)) / part);
    before = after;
  }
  const bytes = Number(current?.summary['total-files-size'] ?? 0);
  return { rowsPerSecond: median(rates), bytesPerRow: bytes / last.rows };
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle - 0.5)] ?? 0) + (sorted[Math.ceil(middle - 0.5)] ?? 0)) / 2;
}
