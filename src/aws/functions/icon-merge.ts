import type { AthenaClient } from '@aws-sdk/client-athena';
import { Fault } from '../../errors.ts';
import { longestStatementBytes, readRows, runQuery } from '../services/athena.ts';
import { retry } from '../../tools/backoff.ts';
import type { Icon } from '../../tools/coinapi.ts';
import { isConflict } from './query-outcome.ts';

export interface IconLoad {
  icons: Icon[];
  /** with its database */
  table: string;
  workgroup: string;
  /** the UTC date of the load goes into the table */
  date: Date;
}

export interface MergedIcons {
  inserted: number;
  updated: number;
}

/** Brings the table to a list of icons: new coins and changed addresses by one MERGE, none at all when nothing differs. */
export async function mergeIcons(athena: AthenaClient, load: IconLoad): Promise<MergedIcons> {
  return retry(() => mergeOnce(athena, load), {
    attempts: 4,
    backoff: { firstWaitMs: 500, longestWaitMs: 2000 },
    isTemporary: (error) => error instanceof Fault && isConflict(error.message),
  });
}

async function mergeOnce(athena: AthenaClient, load: IconLoad): Promise<MergedIcons> {
  const current = await readCurrent(athena, load);
  const changed = load.icons.filter(({ asset_id, url }) => current.get(asset_id) !== url);
  for (const sql of renderMerges({ ...load, icons: changed })) {
    await runQuery(athena, { sql, workgroup: load.workgroup });
  }
  const updated = changed.filter(({ asset_id }) => current.has(asset_id)).length;
  return { inserted: changed.length - updated, updated };
}

/** One statement, or a few where one would be longer than Athena accepts. */
export function renderMerges({ icons, table, date }: Omit<IconLoad, 'workgroup'>): string[] {
  const day = `date '${date.toISOString().slice(0, 10)}'`;
  const head = `MERGE INTO ${table} t
USING (VALUES\n`;
  const tail = `
) s (asset_id, url)
ON t.asset_id = s.asset_id
WHEN MATCHED AND t.url <> s.url THEN UPDATE SET url = s.url, load_date = ${day}
WHEN NOT MATCHED THEN INSERT (asset_id, url, load_date) VALUES (s.asset_id, s.url, ${day})`;
  const room = longestStatementBytes - Buffer.byteLength(head + tail);
  const batches: string[][] = [];
  let left = 0;
  for (const { asset_id, url } of icons) {
    const row = `  (${athenaText(asset_id)}, ${athenaText(url)})`;
    const bytes = Buffer.byteLength(row) + 2;
    if (bytes > left) {
      batches.push([]);
      left = room;
    }
    batches.at(-1)?.push(row);
    left -= bytes;
  }
  return batches.map((rows) => `${head}${rows.join(',\n')}${tail}`);
}

/** Addresses in the table, by coin. */
async function readCurrent(athena: AthenaClient, { table, workgroup }: IconLoad): Promise<Map<string, string>> {
  const id = await runQuery(athena, { sql: `SELECT asset_id, url FROM ${table}`, workgroup });
  const { rows } = await readRows(athena, id);
  return new Map(rows.map(([coin, url]) => [coin ?? '', url ?? '']));
}

/** A text as a literal of Athena. */
function athenaText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
