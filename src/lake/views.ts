import type { Lake } from './schema.ts';

/**
 * Each trade with the price of its minute and the icon of its coin; left joins, so that no trade vanishes. `try`, because one trade of
 * an absurd size must not fail the whole view.
 */
const valuedTrades = {
  name: 'crypto_db.crypto_trader_view',
  select: `select t.*,
       q.price_crypto,
       q.source as price_source,
       a.url as icon_url,
       try(cast(t.quantity * q.price_crypto as decimal(38, 12))) as total_price_transaction
from crypto_db.crypto_trader t
left join crypto_db.crypto_quote q
  on q.asset_id = t.asset_id
 and q.asset_type = t.asset_type
 and q.start_window = date_trunc('minute', t.transaction_timestamp)
left join crypto_db.crypto_assets a
  on a.asset_id = t.asset_id`,
};

/** The views of the lake, for those who need nothing else of it: checking the whole declaration takes longer than many a query. */
export const lakeViews: Readonly<Lake['views']> = [valuedTrades];
