import { Fault } from '../../errors.ts';
import { readPair } from '../../lake/pair.ts';
import { newestPair, type Renamed } from '../../lake/renames.ts';
import { literal } from '../../tools/sql/literal.ts';
import { periods, type Candle, type Period } from './api.ts';
import type { Query } from './exchange.ts';
import type { Row } from './lake-tables.ts';

/** A pair in its two halves. */
export interface Coin {
  base: string;
  quote: string;
}

export interface CandleRequest {
  coin: Coin;
  period: Period;
  /** only candles that start earlier: ISO, UTC */
  before: string | undefined;
  /** most candles */
  limit: number;
}

const mostCandles = 2000;

/** A coin by any of its names, under its newest one. @throws Fault of kind `usage` */
export function readCoin(text: string | null, renamed: Renamed): Coin {
  const pair = readPair(text ?? '');
  const [base, quote] = pair === undefined ? [] : newestPair(renamed, pair).split('/');
  if (base === undefined || quote === undefined) {
    throw new Fault('usage', `"${text ?? ''}" is not a coin such as BTC/USD`, { where: 'coin' });
  }
  return { base, quote };
}

/** @throws Fault of kind `usage` */
export function readLimit(text: string | null, usual: number, most: number): number {
  const limit = text === null ? usual : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw new Fault('usage', `limit must be a whole number from 1 to ${String(most)}`, { where: 'limit' });
}

/** @throws Fault of kind `usage` */
export function readCandleRequest(query: Query<'/api/candles'>, renamed: Renamed): CandleRequest {
  const period = query.get('period') ?? '1m';
  if (!isPeriod(period)) throw new Fault('usage', `period must be one of ${periods.join(', ')}`, { where: 'period' });
  const before = query.get('before');
  if (before !== null && Number.isNaN(Date.parse(before))) {
    throw new Fault('usage', 'before must be a time such as 2025-07-08T05:43:00Z', { where: 'before' });
  }
  return {
    coin: readCoin(query.get('coin'), renamed),
    period,
    before: before === null ? undefined : new Date(before).toISOString(),
    limit: readLimit(query.get('limit'), 1000, mostCandles),
  };
}

function isPeriod(text: string): text is Period {
  return (periods as readonly string[]).includes(text);
}

/**
 * The newest candles of a coin that have a price, newest first. Minutes without data are left out, so that a long outage does not fill the
 * answer: where two candles are further apart than a period, there is a gap.
 */
export function renderCandleQuery({ coin, period, before, limit }: CandleRequest): string {
  const where = [
    `asset_id = ${literal(coin.base)} and asset_type = ${literal(coin.quote)}`,
    ...(before === undefined ? [] : [`start_window < timestamptz ${literal(before)}`]),
  ];
  const select =
    period === '1m'
      ? `select start_window, open_price, high_price, low_price, price_crypto as close_price, volume, trade_count,
  case state when 'quoted' then 1 else 0 end as quoted, case state when 'carried' then 1 else 0 end as carried, 0 as missing, source as sources
from crypto_silver.quote_minute where state <> 'missing'`
      : `select start_window, open_price, high_price, low_price, close_price, volume, trade_count,
  coalesce(minutes_quoted, 0) as quoted, minutes_carried as carried, minutes_missing as missing, sources
from crypto_gold.candle where period = ${literal(period)} and close_price is not null`;
  return `${select} and ${where.join(' and ')} order by start_window desc limit ${String(limit)}`;
}

/** The candles of `renderCandleQuery`, oldest first. */
export function readCandles(rows: readonly Row[]): Candle[] {
  return rows
    .map((row) => ({
      start: String(row['start_window']),
      open: String(row['open_price']),
      high: String(row['high_price']),
      low: String(row['low_price']),
      close: String(row['close_price']),
      volume: String(row['volume'] ?? '0'),
      trades: row['trade_count'] === null ? null : Number(row['trade_count']),
      quoted: Number(row['quoted']),
      carried: Number(row['carried']),
      missing: Number(row['missing']),
      source: String(row['sources'] ?? ''),
    }))
    .reverse();
}
