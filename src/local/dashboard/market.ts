import { literal } from '../../tools/sql/literal.ts';
import type { Coin } from './candles.ts';

/** Trades of the last minutes of a coin that had one, newest first. */
export function renderVolumeQuery(coin: Coin, limit: number): string {
  return `select start_window, trades, traders, unvalued_trades, bought_quantity, sold_quantity, bought_value, sold_value
from crypto_gold.trade_volume
where period = '1m' and asset_id = ${literal(coin.base)} and asset_type = ${literal(coin.quote)}
order by start_window desc limit ${String(limit)}`;
}

/** The last trades of all coins, newest first. */
export function renderTradesQuery(limit: number): string {
  return `select transaction_id, document_id, asset_id || '/' || asset_type as coin, transaction_timestamp, trade_type, quantity,
  price_crypto, value, price_state, price_source, source
from crypto_silver.trade_valued order by transaction_timestamp desc, transaction_id desc limit ${String(limit)}`;
}

/** The positions of the greatest value, long or short. What a holding is worth is its cost and what it has gained. */
export function renderPositionsQuery(limit: number): string {
  return `select document_id, asset_id || '/' || asset_type as coin, holding, average_cost, last_price, cost + unrealised as value, unrealised,
  realised, trades
from crypto_gold.position where holding <> 0
order by abs(cast(cost as double) + cast(unrealised as double)) desc nulls last, document_id, coin limit ${String(limit)}`;
}

/** Icons by coin. */
export const iconsQuery = 'select asset_id, url from crypto_db.crypto_assets order by asset_id';
