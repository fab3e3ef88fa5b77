import type { Gap } from '../../lake/gaps.ts';
import type { Cell } from '../../tools/sql/types.ts';
import { listGaps, type GapsRequest } from '../../lake/gap-listing.ts';
import type { AwsLake } from '../lake.ts';
import { queryAthena } from './query.ts';

/** Athena takes a while to start a query. */
const seconds = 120;

/** Runs of minutes without a bar, by one query of Athena. @throws Fault of kind `usage`, and as `queryAthena` */
export async function listAwsGaps(lake: AwsLake, request: GapsRequest, signal: AbortSignal): Promise<Gap[]> {
  return listGaps(lake.lake, request, async (sql) => {
    const found: Cell[][] = [];
    const sink = { columns: () => undefined, rows: (rows: Cell[][]) => void found.push(...rows) };
    await queryAthena(lake, { sql, limits: { seconds }, signal }, sink);
    return found;
  });
}
