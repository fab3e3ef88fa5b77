import { declareLake } from '../lake/declaration.ts';
import { listGaps, type GapsRequest } from '../lake/gap-listing.ts';
import type { Gap } from '../lake/gaps.ts';
import type { Work } from '../work.ts';
import { readRows } from './query/lake-rows.ts';

/** Runs of minutes without a bar, on this machine. @throws Fault of kind `usage`, and as `readRows` */
export async function listLocalGaps(work: Work, request: GapsRequest): Promise<Gap[]> {
  return listGaps(declareLake(work.settings.coins), request, (sql) => readRows(work, sql));
}
