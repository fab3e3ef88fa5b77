import type { TestLake } from '../test/support/lake.ts';
import type { MarketExchange } from './market-exchange.ts';

const minute = 60_000;

type Row = Record<'pair' | 'rows' | 'ids' | 'first' | 'last' | 'quantity' | 'open' | 'high' | 'low' | 'close', string>;

/**
 * Checks that the table has the trades of a time as the ledger has them, each once: by their number, ids, quantity and prices, minute by minute and
 * pair by pair.
 *
 * @returns how many they are
 * @throws Error when the table has others
 */
export async function verifyTrades(
  lake: TestLake,
  exchange: MarketExchange,
  fromMs: number,
  toMs: number,
): Promise<number> {
  let trades = 0;
  // Minute by minute, because the distinct ids of all would need more memory than a query has.
  for (let at = fromMs; at < toMs; at = Math.floor(at / minute + 1) * minute) {
    const end = Math.min(Math.floor(at / minute + 1) * minute, toMs);
    const rows = await lake.query<Row>(
      `select asset_id || '/' || asset_type as pair, count(*)::varchar as rows, count(distinct trade_id)::varchar as ids,
              min(trade_id)::varchar as first, max(trade_id)::varchar as last, sum(quantity)::varchar as quantity,
              arg_min(price, trade_id)::varchar as open, max(price)::varchar as high, min(price)::varchar as low,
              arg_max(price, trade_id)::varchar as close
       from crypto_db.market_trade where source = '${exchange.venue}' and ${within(at, end)} group by all`,
    );
    for (const pair of exchange.pairs) {
      const sum = exchange.sum(pair, at, end);
      const row = rows.find((its) => its.pair === pair);
      const has = row && [row.rows, row.ids, row.first, row.last, row.quantity, row.open, row.high, row.low, row.close];
      const count = String(sum?.count);
      const wanted = sum && [count, count, sum.firstId, sum.lastId, sum.volume, sum.open, sum.high, sum.low, sum.close];
      if (String(has) !== String(wanted))
        throw new Error(
          `${pair} from ${new Date(at).toISOString()} on: the table has ${String(has)}, the ledger ${String(wanted)}`,
        );
      trades += sum?.count ?? 0;
    }
  }
  return trades;
}

/** SQL for the trades of a time. */
export function within(fromMs: number, toMs: number): string {
  const instant = (ms: number) => `timestamptz '${new Date(ms).toISOString()}'`;
  return `trade_time >= ${instant(fromMs)} and trade_time < ${instant(toMs)}`;
}
