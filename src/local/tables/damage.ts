import { runTask } from '../parts/task.ts';
import { lakeTask } from '../parts/spark.ts';
import { prepare } from '../setup/preparation.ts';
import { requireSpec, requireTables } from '../requirements.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';

export type DamageKind = 'missing-metadata' | 'missing-file' | 'file-twice' | 'row-twice' | 'dangling-delete';

/** What was found in a table. */
export interface ExaminedTable {
  name: string;
  /** rows that were read */
  rows: number;
  findings: { kind: DamageKind; count: number; example: string }[];
}

export interface RepairOptions {
  /** all when empty */
  tables: string[];
  dryRun: boolean;
  /** give up the rows of data files that are gone */
  forgetMissing: boolean;
}

/** Reads whole tables and looks for damage. Changes nothing. */
export async function examineTables(lake: LocalLake, caller: Caller, tables: string[]): Promise<ExaminedTable[]> {
  return run(lake, caller, tables, ['examine-tables'], 'examining the tables');
}

/**
 * Repairs tables, each in one commit, while the streams may run.
 * @returns what was found; with `dryRun` it is still there
 */
export async function repairTables(lake: LocalLake, caller: Caller, options: RepairOptions): Promise<ExaminedTable[]> {
  if (options.dryRun) return examineTables(lake, caller, options.tables);
  const args = ['repair-tables', '--missing', options.forgetMissing ? 'forget' : 'keep'];
  return run(lake, caller, options.tables, args, 'repairing the tables');
}

async function run(
  lake: LocalLake,
  caller: Caller,
  tables: string[],
  args: string[],
  what: string,
): Promise<ExaminedTable[]> {
  requireSpec(lake.layout);
  requireTables(tables, await lake.declaration());
  const toolchain = await prepare(lake, caller, { extensions: false });
  const named = tables.length === 0 ? [] : ['--tables', tables.join(',')];
  const task = lakeTask(lake, toolchain, 'io.cryptodm.local.Functions', [...args, ...named]);
  caller.onEvent({ event: 'progress', id: 'examine', text: what });
  const lines = await runTask(task, { what, signal: caller.signal });
  return (lines.at(-1) as { tables: ExaminedTable[] }).tables;
}

const words: Record<DamageKind, (count: number) => string> = {
  'missing-metadata': (count) => `${String(count)} metadata files are gone`,
  'missing-file': (count) => `${String(count)} files are gone`,
  'file-twice': (count) => `${String(count)} data files are listed twice`,
  'row-twice': (count) => `${String(count)} rows have the key of another row`,
  'dangling-delete': (count) => `${String(count)} delete files delete nothing any more`,
};

/** One finding in a sentence, and how to repair it. */
export function describeDamage(table: string, { kind, count, example }: ExaminedTable['findings'][number]) {
  const repair = `Run "cryptodm tables repair --table ${table}".`;
  const mend: Record<DamageKind, string> = {
    'missing-metadata': 'Put the files back from a copy of the lake’s folder; without them the table can’t be read.',
    'missing-file': `Put them back from a copy; if they are gone for good, run "cryptodm tables repair --table ${table} --forget-missing".`,
    'file-twice': repair,
    'row-twice': repair,
    'dangling-delete': repair,
  };
  return { found: `${words[kind](count)} (${example})`, mend: mend[kind], harmless: kind === 'dangling-delete' };
}
