import { literal } from '../../tools/sql/literal.ts';
import type { Bar, CoinMinutes, MinuteState } from './api.ts';
import type { Row } from './lake-tables.ts';

/** Minutes of a coin in one answer. */
const length = 60;
const hour = 3_600_000;

/** When the newest of these bars began, in milliseconds since 1970; without one, now. */
export function newestStart(bars: readonly Bar[]): number {
  return (
    bars.reduce<number | undefined>((newest, { start }) => Math.max(newest ?? 0, Date.parse(start)), undefined) ??
    Date.now()
  );
}

/**
 * The newest hour of each coin with a minute in the day before `newest`, counted from the coin's own newest minute. `newest` is rounded to an hour:
 * the text stays the same, and its result is kept.
 */
export function renderMinutesQuery(newest: number): string {
  const from = new Date(Math.floor(newest / hour) * hour - 24 * hour).toISOString();
  return `with day as (
  select asset_id || '/' || asset_type as coin, start_window, cast(price_crypto as double) as close,
    case when complete = false then 'provisional' else state end as state,
    max(start_window) over (partition by asset_id, asset_type) as last
  from crypto_silver.quote_minute where start_window >= timestamptz ${literal(from)}
)
select coin, last, max(state) filter (start_window = last) as state, list(close order by start_window) as closes
from day where start_window > last - interval '${String(length)} minutes' group by coin, last order by coin`;
}

/** The rows of `renderMinutesQuery`. Silver has no holes, so that closes that are not there are older than the first. */
export function readMinutes(rows: readonly Row[]): CoinMinutes[] {
  return rows.map(({ coin, last, state, closes }) => {
    const known = (Array.isArray(closes) ? closes : []).map((close) => (close === null ? null : Number(close)));
    return {
      coin: String(coin),
      last: String(last),
      state: String(state) as MinuteState,
      closes: [...Array.from({ length: length - known.length }, () => null), ...known],
    };
  });
}
