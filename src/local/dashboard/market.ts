import { literal } from '../../tools/sql/literal.ts';
import type { MarketTrade, Position, Trade, Volume } from './api.ts';
import type { Coin } from './candles.ts';
import type { Select } from './lake-tables.ts';

/** @param columns an SQL expression for each name of the shape */
function select<Shape>(columns: Record<keyof Shape & string, string>, rest: string): Select<Shape> {
  const list = Object.entries<string>(columns).map(([name, sql]) => (name === sql ? sql : `${sql} as ${name}`));
  return { sql: `select ${list.join(', ')}\n${rest}`, columns: Object.keys(columns) as (keyof Shape)[] };
}

const coin = "asset_id || '/' || asset_type";

const volumeColumns: Record<keyof Volume, string> = {
  start_window: 'start_window',
  trades: 'trades',
  traders: 'traders',
  unvalued_trades: 'unvalued_trades',
  bought_quantity: 'bought_quantity',
  sold_quantity: 'sold_quantity',
  bought_value: 'bought_value',
  sold_value: 'sold_value',
};

/** Trades of the last minutes of a coin that had one, newest first. */
export function renderVolumeQuery({ base, quote }: Coin, limit: number): Select<Volume> {
  return select(
    volumeColumns,
    `from crypto_gold.trade_volume
where period = '1m' and asset_id = ${literal(base)} and asset_type = ${literal(quote)}
order by start_window desc limit ${String(limit)}`,
  );
}

const tradeColumns: Record<keyof Trade, string> = {
  transaction_id: 'transaction_id',
  document_id: 'document_id',
  coin,
  transaction_timestamp: 'transaction_timestamp',
  trade_type: 'trade_type',
  quantity: 'quantity',
  price_crypto: 'price_crypto',
  value: 'value',
  price_state: 'price_state',
  price_source: 'price_source',
  source: 'source',
};

/** The last trades of all coins, newest first. */
export function renderTradesQuery(limit: number): Select<Trade> {
  return select(
    tradeColumns,
    `from crypto_silver.trade_valued order by transaction_timestamp desc, transaction_id desc limit ${String(limit)}`,
  );
}

const tapeColumns: Record<keyof MarketTrade, string> = {
  source: 'source',
  id: 'cast(trade_id as varchar)',
  time: 'trade_time',
  price: 'price',
  quantity: 'quantity',
  side: 'side',
};

/** The last trades of a coin at all exchanges, newest first. @param within such as `1 hour`: older ones are not looked for; undefined: all are */
export function renderTapeQuery(
  { bases, quote }: { bases: readonly string[]; quote: string },
  within: string | undefined,
  limit: number,
): Select<MarketTrade> {
  const since = within === undefined ? '' : ` and trade_time > now() - interval ${literal(within)}`;
  return select(
    tapeColumns,
    `from crypto_db.market_trade where asset_id in (${bases.map(literal).join(', ')}) and asset_type = ${literal(quote)}${since}
order by trade_time desc, trade_id desc limit ${String(limit)}`,
  );
}

const positionColumns: Record<keyof Position, string> = {
  document_id: 'document_id',
  coin,
  holding: 'holding',
  average_cost: 'average_cost',
  last_price: 'last_price',
  // What a holding is worth is its cost and what it has gained.
  value: 'cost + unrealised',
  unrealised: 'unrealised',
  realised: 'realised',
  trades: 'trades',
};

/** The positions of the greatest value, long or short. */
export function renderPositionsQuery(limit: number): Select<Position> {
  return select(
    positionColumns,
    `from crypto_gold.position where holding <> 0
order by abs(cast(cost as double) + cast(unrealised as double)) desc nulls last, document_id, coin limit ${String(limit)}`,
  );
}

/** Icons by coin. */
export const iconsQuery = 'select asset_id, url from crypto_db.crypto_assets order by asset_id';
