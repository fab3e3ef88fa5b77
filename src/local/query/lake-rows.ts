import type { Cell } from '../../tools/sql/types.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { lakePlace } from './lake-place.ts';
import { runQuery } from './query.ts';

/** The rows of one SELECT on the tables of the lake on this machine. @throws Fault as `runQuery` */
export async function readRows(lake: LocalLake, caller: Caller, sql: string): Promise<Cell[][]> {
  const found: Cell[][] = [];
  const sink = { columns: () => undefined, rows: (rows: Cell[][]) => void found.push(...rows) };
  await runQuery({ ...(await lakePlace(lake, caller)), sql, signal: caller.signal }, sink);
  return found;
}
