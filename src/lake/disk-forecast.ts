import { keepDays } from './maintenance.ts';

/** How a table grows, and for how long it keeps its rows. */
export interface GrowingTable {
  name: string;
  /** that its files have now */
  bytes: number;
  growth: { rowsPerSecond: number; bytesPerRow: number };
  /** 0: for ever */
  keptDays: number;
}

export interface DiskForecast {
  /** days that are looked at: as long as trades of exchanges are kept, and until their files are gone */
  days: number;
  /** bytes that the tables get more in this time, at the present rate */
  more: number;
  /** days after which the free bytes are used up; undefined when they last as long as is looked at, or where none are given */
  fullIn: number | undefined;
}

const daySeconds = 86_400;

/** Bytes that a table gets in a day. */
export function bytesPerDay({ growth }: Pick<GrowingTable, 'growth'>): number {
  return growth.rowsPerSecond * growth.bytesPerRow * daySeconds;
}

/** Days for which the files of a row stay: whole days are removed, and snapshots hold their files for some days more. */
function filesStay(keptDays: number): number {
  return keptDays + 1 + keepDays.snapshots;
}

/** Bytes that a table has once it removes as much as it gets; undefined when it keeps everything. */
export function fullSize(table: GrowingTable): number | undefined {
  return table.keptDays === 0 ? undefined : bytesPerDay(table) * filesStay(table.keptDays);
}

/**
 * What tables that grow at the present rate do to the disk.
 * @param free bytes; undefined where the store has no end
 */
export function forecastDisk(tables: readonly GrowingTable[], free?: number): DiskForecast {
  const kept = Math.max(0, ...tables.map(({ keptDays }) => keptDays));
  const days = filesStay(kept === 0 ? keepDays.marketTrades : kept);
  const growing = tables
    .map((table) => {
      const rate = bytesPerDay(table);
      const left = Math.max(0, (fullSize(table) ?? Number.POSITIVE_INFINITY) - table.bytes);
      return { rate, until: Math.min(days, rate === 0 ? 0 : left / rate) };
    })
    .sort((one, other) => one.until - other.until);
  const more = growing.reduce((sum, { rate, until }) => sum + rate * until, 0);
  return { days, more, fullIn: free === undefined || more <= free ? undefined : fullIn(growing, free) };
}

/** @param growing bytes a day, and the day on which each stops to grow, in this order */
function fullIn(growing: readonly { rate: number; until: number }[], free: number): number | undefined {
  let [left, day] = [free, 0];
  for (const [at, { until }] of growing.entries()) {
    const rate = growing.slice(at).reduce((sum, its) => sum + its.rate, 0);
    if (rate * (until - day) >= left) return day + left / rate;
    left -= rate * (until - day);
    day = until;
  }
  return undefined;
}

/** `crypto_db.market_trade of 30 days will take about 12.3 GB at the present rate (120.0 rows/s of 58 bytes)`. */
export function describeSize(table: GrowingTable): string {
  const { rowsPerSecond, bytesPerRow } = table.growth;
  const rate = `(${rowsPerSecond.toFixed(1)} rows/s of ${String(Math.round(bytesPerRow))} bytes)`;
  const size = fullSize(table);
  return size === undefined
    ? `${table.name} keeps everything and grows by about ${gigabytes(bytesPerDay(table))} a day at the present rate ${rate}`
    : `${table.name} of ${String(table.keptDays)} days will take about ${gigabytes(size)} at the present rate ${rate}`;
}

/** What all tables together will get, and what that of the trades of exchanges will take. */
export function describeGrowth(tables: readonly GrowingTable[], { more, days }: DiskForecast): string {
  const all = `all tables get ${gigabytes(more)} in ${String(days)} days at the present rate`;
  return [...tables.filter(isMarketTrades).map(describeSize), all].join('; ');
}

/** What to do about a disk that is too small. */
export function adviseRoom(tables: readonly GrowingTable[]): string {
  const keep = tables.some(isMarketTrades) ? 'Keep trades for fewer days ("market.keep"), follow' : 'Follow';
  return `${keep} fewer coins, or make room.`;
}

/** True for the table whose size a setting decides. */
function isMarketTrades({ name }: GrowingTable): boolean {
  return name.endsWith('.market_trade');
}

/** Such as `12.3 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
}

/** Such as `9 hours`, `12 days`. */
export function describeDays(days: number): string {
  const hours = Math.max(1, Math.round(days * 24));
  if (days < 2) return `${String(hours)} hour${hours === 1 ? '' : 's'}`;
  return `${String(Math.round(days))} days`;
}
