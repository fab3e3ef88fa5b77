import type { CandleDifference } from '../lake/candle-differences.ts';
import { listGaps, type GapsRequest, type ReadRows } from '../lake/gap-listing.ts';
import type { Gap } from '../lake/gaps.ts';
import { listCandleDifferences, listTradeGaps, type MarketRequest, type TradeGaps } from '../lake/trade-gap-listing.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';
import { readRows } from './query/lake-rows.ts';

/** Runs of minutes without a bar, on this machine. @throws Fault of kind `usage`, and as `readRows` */
export async function listLocalGaps(lake: LocalLake, caller: Caller, request: GapsRequest): Promise<Gap[]> {
  return listGaps(await lake.declaration(), request, reader(lake, caller));
}

/** Ids that are missing in the trades of exchanges, on this machine. @throws Fault as `listLocalGaps` */
export async function listLocalTradeGaps(lake: LocalLake, caller: Caller, request: MarketRequest): Promise<TradeGaps> {
  return listTradeGaps(await lake.declaration(), request, reader(lake, caller));
}

/** Minutes whose bar differs from the exchange's candle, on this machine. @throws Fault as `listLocalGaps` */
export async function listLocalCandleDifferences(
  lake: LocalLake,
  caller: Caller,
  request: MarketRequest,
): Promise<CandleDifference[]> {
  return listCandleDifferences(await lake.declaration(), request, reader(lake, caller));
}

function reader(lake: LocalLake, caller: Caller): ReadRows {
  return (sql) => readRows(lake, caller, sql);
}
