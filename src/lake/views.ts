import type { Databases } from './databases.ts';
import { isQuotedSql } from './quoted.ts';
import { historySql, newestNameSql, type Renamed } from './renames.ts';
import type { Lake } from './schema.ts';

const priceColumns = ['price_crypto', 'source', 'complete', 'trade_count', 'volume'];

/**
 * Each trade with the price of its minute and the icon of its coin; left joins, so that no trade is lost. `try`, because one trade of an
 * absurd size must not fail the whole view. A coin that was renamed has the prices of all its names.
 */
const valuedTrades = ({ bronze }: Databases, renamed: Renamed) => ({
  name: `${bronze}.crypto_trader_view`,
  select: `select t.*,
       q.price_crypto,
       q.source as price_source,
       a.url as icon_url,
       try(cast(t.quantity * q.price_crypto as decimal(38, 12))) as total_price_transaction,
       case when q.price_crypto is null then 'pending'
            when q.complete = false then 'provisional'
            when ${isQuotedSql('q.')} then 'quoted'
            else 'exact' end as price_state
from ${bronze}.crypto_trader t
left join ${historySql(renamed, `${bronze}.crypto_quote`, priceColumns)} q
  on q.asset_id = ${newestNameSql(renamed, 't.asset_id')}
 and q.asset_type = t.asset_type
 and q.start_window = date_trunc('minute', t.transaction_timestamp)
left join ${bronze}.crypto_assets a
  on a.asset_id = t.asset_id`,
});

/** The views of a lake. A query needs nothing else of it, and checking the whole declaration takes longer than many a query. */
export function lakeViews(databases: Databases, renamed: Renamed): Lake['views'] {
  return [valuedTrades(databases, renamed)];
}
