import { listGaps, type GapsRequest } from '../lake/gap-listing.ts';
import type { Gap } from '../lake/gaps.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';
import { readRows } from './query/lake-rows.ts';

/** Runs of minutes without a bar, on this machine. @throws Fault of kind `usage`, and as `readRows` */
export async function listLocalGaps(lake: LocalLake, caller: Caller, request: GapsRequest): Promise<Gap[]> {
  return listGaps(await lake.declaration(), request, (sql) => readRows(lake, caller, sql));
}
