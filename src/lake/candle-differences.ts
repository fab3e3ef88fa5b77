import type { Exchange } from './exchanges.ts';
import { nameIn, renderInstant, type Span } from './gaps.ts';
import type { Lake } from './schema.ts';

const parts = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Prices and volume of a minute, as decimals with all digits. */
export type Candle = Record<(typeof parts)[number], string>;

/** A minute whose bar differs from the exchange's own candle. */
export interface CandleDifference {
  source: string;
  /** such as `BTC/USD` */
  coin: string;
  /** ISO-8601 */
  start: string;
  cause: string;
  /** our bar, null without one */
  ours: Candle | null;
  /** the candle of the exchange, null without one */
  theirs: Candle | null;
}

/** The statement for `readCandles`, for DuckDB and for Athena. */
export function renderCandlesQuery(lake: Lake, { from, to }: Span, exchanges: readonly Exchange[]): string {
  const columns = ['our', 'their'].flatMap((whose) => parts.map((part) => `${whose}_${part}`));
  return `select source, asset_id, asset_type, start_window, cause, ${columns.join(', ')}
from ${nameIn(lake, 'candle_difference')}
where cause <> 'none' and source in (${exchanges.map((name) => `'${name}'`).join(', ')})
  and start_window >= ${renderInstant(from)} and start_window < ${renderInstant(to)}
order by source, asset_id, asset_type, start_window`;
}

/** The minutes, from the rows of `renderCandlesQuery`. */
export function readCandles(rows: readonly (readonly unknown[])[]): CandleDifference[] {
  return rows.map((row) => {
    const [source, base, quote, start, cause] = row.map(String);
    const candle = (at: number): Candle | null => {
      const values = row.slice(at, at + parts.length);
      if (values.some((value) => value === null)) return null;
      return Object.fromEntries(parts.map((part, place) => [part, withoutZeros(String(values[place]))])) as Candle;
    };
    return {
      ...{ source: source ?? '', coin: `${base ?? ''}/${quote ?? ''}`, start: start ?? '', cause: cause ?? '' },
      ...{ ours: candle(5), theirs: candle(5 + parts.length) },
    };
  });
}

/** What differs, for people: `close 7, theirs 8`. */
export function describeDifference({ ours, theirs }: Pick<CandleDifference, 'ours' | 'theirs'>): string {
  if (ours === null) return 'no bar here';
  if (theirs === null) return 'no candle of the exchange';
  const differing = parts.filter((part) => ours[part] !== theirs[part]);
  return differing.map((part) => `${part} ${ours[part]}, theirs ${theirs[part]}`).join('; ');
}

function withoutZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
