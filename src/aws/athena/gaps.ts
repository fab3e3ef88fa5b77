import type { CandleDifference } from '../../lake/candle-differences.ts';
import type { Gap } from '../../lake/gaps.ts';
import type { Cell } from '../../tools/sql/types.ts';
import { listGaps, type GapsRequest, type ReadRows } from '../../lake/gap-listing.ts';
import {
  listCandleDifferences,
  listTradeGaps,
  type MarketRequest,
  type TradeGaps,
} from '../../lake/trade-gap-listing.ts';
import type { AwsLake } from '../lake.ts';
import { queryAthena } from './query.ts';

/** Athena takes a while to start a query. */
const seconds = 120;

/** Runs of minutes without a bar, by one query of Athena. @throws Fault of kind `usage`, and as `queryAthena` */
export async function listAwsGaps(lake: AwsLake, request: GapsRequest, signal: AbortSignal): Promise<Gap[]> {
  return listGaps(lake.lake, request, reader(lake, signal));
}

/** Ids that are missing in the trades of exchanges, by one query of Athena. @throws Fault as `listAwsGaps` */
export async function listAwsTradeGaps(lake: AwsLake, request: MarketRequest, signal: AbortSignal): Promise<TradeGaps> {
  return listTradeGaps(lake.lake, request, reader(lake, signal));
}

/** Minutes whose bar differs from the exchange's candle, by one query of Athena. @throws Fault as `listAwsGaps` */
export async function listAwsCandleDifferences(
  lake: AwsLake,
  request: MarketRequest,
  signal: AbortSignal,
): Promise<CandleDifference[]> {
  return listCandleDifferences(lake.lake, request, reader(lake, signal));
}

function reader(lake: AwsLake, signal: AbortSignal): ReadRows {
  return async (sql) => {
    const found: Cell[][] = [];
    const sink = { columns: () => undefined, rows: (rows: Cell[][]) => void found.push(...rows) };
    await queryAthena(lake, { sql, limits: { seconds }, signal }, sink);
    return found;
  };
}
