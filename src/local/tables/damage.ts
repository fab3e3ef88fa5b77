import { runTask } from '../parts/task.ts';
import { lakeTask } from '../parts/spark.ts';
import { prepare } from '../setup/preparation.ts';
import { requireSpec, requireTables } from '../requirements.ts';
import { count } from '../../tools/phrases.ts';
import type { ForeignCommit } from '../../tools/iceberg/foreign-commits.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';

export type DamageKind =
  'missing-metadata' | 'lost-snapshot' | 'missing-file' | 'file-twice' | 'row-twice' | 'dangling-delete';

/** What was found in a table. */
export interface ExaminedTable {
  name: string;
  /** rows that were read */
  rows: number;
  findings: { kind: DamageKind; count: number; example: string }[];
  /** what other engines have committed and nobody has dealt with */
  foreign: {
    /** `at` in milliseconds since 1970 */
    commits: (Omit<ForeignCommit, 'at'> & { at: number })[];
    /** rows of theirs that stay: no row of the lake has their key */
    rows: number;
    /** rows of theirs whose key a row of the lake has */
    twice: number;
  };
  /** of a table with missing metadata: whether it has been set back, or made again */
  repaired?: boolean;
  /** of such a table: it belongs to silver or gold, all of which can be calculated again */
  derived?: boolean;
  /** the state to which it can be set back, or has been; null when none is left */
  earlier?: EarlierState | null;
}

export interface EarlierState {
  /** when it was committed */
  at: string;
  /** how many commits were made after it */
  commits: number;
}

export interface RepairOptions {
  /** all when empty */
  tables: string[];
  dryRun: boolean;
  /** give up the rows of data files that are gone, and tables of which nothing is left */
  forgetMissing: boolean;
}

/** Reads whole tables and looks for damage. Changes nothing. */
export async function examineTables(lake: LocalLake, caller: Caller, tables: string[]): Promise<ExaminedTable[]> {
  return run(lake, caller, tables, ['examine-tables'], 'examining the tables');
}

/**
 * Repairs tables, each in one commit, while the streams may run. Only while a table is set back the stream jobs rest, because they have to
 * read again what the table loses.
 * @returns what was found; with `dryRun` it is still there
 */
export async function repairTables(lake: LocalLake, caller: Caller, options: RepairOptions): Promise<ExaminedTable[]> {
  if (options.dryRun) return examineTables(lake, caller, options.tables);
  const args = ['repair-tables', '--missing', options.forgetMissing ? 'forget' : 'keep'];
  const examined = await run(lake, caller, options.tables, args, 'repairing the tables');
  const unreadable = examined.filter(
    ({ earlier, derived }) => earlier !== undefined && (derived === true || earlier !== null || options.forgetMissing),
  );
  if (unreadable.length === 0) return examined;
  const names = unreadable.map(({ name }) => name);
  const setBack = await withoutJobs(lake, () =>
    run(lake, caller, names, [...args, '--unreadable', 'set-back'], `setting back ${names.join(', ')}`),
  );
  return examined.map((table) => setBack.find(({ name }) => name === table.name) ?? table);
}

/**
 * Notes that what other engines have committed is wanted, except in tables where a row of theirs has the key of a row of the lake.
 * @returns what was found
 */
export async function acceptCommits(lake: LocalLake, caller: Caller, tables: string[]): Promise<ExaminedTable[]> {
  return run(lake, caller, tables, ['accept-tables'], 'reading the tables');
}

/** Stops the process of the stream jobs, if it runs, and starts it again afterwards. */
async function withoutJobs<T>({ supervisor }: LocalLake, work: () => Promise<T>): Promise<T> {
  const jobs = (await supervisor.state())?.parts.find(({ daemon }) => daemon.id === 'spark');
  if (jobs !== undefined) await supervisor.remove('spark');
  try {
    return await work();
  } finally {
    if (jobs !== undefined) await supervisor.ensure(jobs.daemon, {});
  }
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
  'missing-metadata': () => 'its present state can’t be read: a metadata file is gone, empty or cut',
  'lost-snapshot': (count) => `${String(count)} earlier states can’t be read`,
  'missing-file': (count) => `${String(count)} files are gone, empty or cut`,
  'file-twice': (count) => `${String(count)} data files are listed twice`,
  'row-twice': (count) => `${String(count)} rows have the key of another row`,
  'dangling-delete': (count) => `${String(count)} delete files delete nothing any more`,
};

/** What other engines have committed to a table, in words; empty when there is nothing. */
export function describeForeign({ foreign: { commits, rows, twice } }: Pick<ExaminedTable, 'foreign'>): string {
  if (commits.length === 0) return '';
  const number = commits.reduce((sum, its) => sum + its.commits, 0);
  const engines = [...new Set(commits.map(({ engine }) => engine))].join(', ');
  const gone = commits.reduce((sum, { deleted }) => sum + deleted, 0);
  const removed = gone === 0 ? '' : `, ${String(gone)} removed`;
  return (
    `${number === 1 ? 'a commit' : `${String(number)} commits`} by ${engines}: ${count(twice, 'row')} with the key of a row of the lake, ` +
    `${String(rows)} others${removed}`
  );
}

/** What setting a table back gives up. */
export function describeLoss({ at, commits }: EarlierState): string {
  const given = commits === 1 ? 'one commit is given up' : `${String(commits)} commits are given up`;
  return (
    `its state of ${at}: ${given}, and the jobs bring again what the topics still hold (7 days); ` +
    'rows that came from elsewhere since then are lost'
  );
}

/** One finding in a sentence, and how to repair it. */
export function describeDamage(
  { name: table, earlier, derived }: Pick<ExaminedTable, 'name' | 'earlier' | 'derived'>,
  { kind, count, example }: ExaminedTable['findings'][number],
) {
  const repair = `Run "cryptodm tables repair --table ${table}".`;
  const mend: Record<DamageKind, string> = {
    'missing-metadata':
      derived === true
        ? `${repair} It has silver and gold calculated again from bronze.`
        : earlier === undefined || earlier === null
          ? `Put the file back from a copy of the lake’s folder. If there is none, run "cryptodm tables repair --table ${table} --forget-missing": it makes the table again, empty, and the jobs bring again what the topics still hold (7 days).`
          : `${repair} It sets the table back to ${describeLoss(earlier)}.`,
    'lost-snapshot': repair,
    'missing-file': `Put them back from a copy; if they are gone for good, run "cryptodm tables repair --table ${table} --forget-missing".`,
    'file-twice': repair,
    'row-twice': repair,
    'dangling-delete': repair,
  };
  return { found: `${words[kind](count)} (${example})`, mend: mend[kind], harmless: kind === 'dangling-delete' };
}
