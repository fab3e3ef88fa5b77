import type { Table } from '../../lake/schema.ts';
import { keptDaysOf } from '../../lake/maintenance.ts';
import type { QueryState } from '../services/athena.ts';
import { describeForeign, foreignCommits } from '../../tools/iceberg/foreign-commits.ts';
import { isConflict, needsMoreRuns } from './query-outcome.ts';

/** How far the maintenance of one table is. */
export interface TableMaintenance {
  table: string;
  /** what comes next, or what `queryId` is doing */
  phase: 'delete' | 'optimize' | 'vacuum' | 'done' | 'failed';
  /** of the statement that runs; absent between two statements */
  queryId?: string | undefined;
  /** statements that were started */
  statements: number;
  /** of these, how many did the rest of one that stopped half way */
  repeats: number;
  /** of these, how many lost to another writer */
  conflicts: number;
  scannedBytes: number;
  /** why it failed */
  reason?: string | undefined;
  /** why it was not compacted */
  left?: string | undefined;
}

/** What does the maintenance of all tables by Spark. */
export interface SparkRun {
  on: 'glue' | 'emr';
  /** of the run of the job, or of the step; absent while it is being started */
  id?: string | undefined;
  /** id of the cluster that has the step */
  cluster?: string | undefined;
}

/** One maintenance of several tables; the note in the lease. */
export interface MaintenanceRun {
  id: string;
  startedAt: string;
  /** absent while it runs */
  endedAt?: string | undefined;
  /** absent: Athena does it, statement by statement */
  spark?: SparkRun | undefined;
  /** it changes nothing; `last` is the one before that did */
  dryRun?: { last: Partial<MaintenanceRun> | undefined } | undefined;
  tables: TableMaintenance[];
}

/** How a statement ended. */
export interface StatementEnd {
  state: QueryState;
  reason: string | undefined;
  scannedBytes: number;
}

/** A round does some hundred partitions or thousands of files: more rounds than this mean that something is wrong. */
const mostRepeats = 50;
const mostConflicts = 5;

const minute = 60_000;
/** A writer that has committed within this time still replaces the newest partitions, as `TableMaintenance` of the JVM side has it. */
const lively = 10 * minute;
/** Records come late: partitions that ended more recently than this may still be written to. */
const lateness = 60 * minute;

export function beginMaintenance(table: string): TableMaintenance {
  return { table, phase: 'optimize', statements: 0, repeats: 0, conflicts: 0, scannedBytes: 0 };
}

export function isOver({ phase }: TableMaintenance): boolean {
  return phase === 'done' || phase === 'failed';
}

/** Before all else, rows go that are older than the table keeps them. */
export function deleteFirst(
  maintenance: TableMaintenance,
  table: Partial<Pick<Table, 'properties'>>,
): TableMaintenance {
  const isDue = maintenance.phase === 'optimize' && maintenance.statements === 0 && keptDaysOf(table.properties) > 0;
  return isDue ? { ...maintenance, phase: 'delete' } : maintenance;
}

/** A table with commits of another engine is not compacted: OPTIMIZE can't leave out files, and would give their rows the mark of ours. */
export function leaveForeign(
  maintenance: TableMaintenance,
  metadata: Parameters<typeof foreignCommits>[0] | undefined,
): TableMaintenance {
  if (maintenance.phase !== 'optimize' || metadata === undefined) return maintenance;
  const left = describeForeign(maintenance.table, foreignCommits(metadata))?.what;
  return left === undefined ? maintenance : { ...maintenance, phase: 'vacuum', left };
}

const following: Partial<Record<TableMaintenance['phase'], TableMaintenance['phase']>> = {
  delete: 'optimize',
  optimize: 'vacuum',
};

/** What comes after the end of a table's statement. */
export function continueMaintenance(
  maintenance: TableMaintenance,
  { state, reason, scannedBytes }: StatementEnd,
): TableMaintenance {
  const { phase, repeats, conflicts } = maintenance;
  const ended = { ...maintenance, queryId: undefined, scannedBytes: maintenance.scannedBytes + scannedBytes };
  if (state === 'SUCCEEDED') return { ...ended, phase: following[phase] ?? 'done' };
  const said = reason ?? state.toLowerCase();
  if (state === 'FAILED' && needsMoreRuns(said) && repeats < mostRepeats) return { ...ended, repeats: repeats + 1 };
  if (state === 'FAILED' && isConflict(said) && conflicts < mostConflicts)
    return { ...ended, conflicts: conflicts + 1 };
  return { ...ended, phase: 'failed', reason: `${phase.toUpperCase()}: ${said}` };
}

/**
 * The statement of a phase.
 * @param written when the table was written to last, ms since 1970. While a stream writes, OPTIMIZE leaves the newest partitions alone: it
 *   would only lose to the writer.
 */
export function renderStatement(
  phase: 'delete' | 'optimize' | 'vacuum',
  table: Pick<Table, 'name' | 'partition'> & Partial<Pick<Table, 'properties'>>,
  written: number | undefined,
  now: Date,
): string {
  if (phase === 'vacuum') return `VACUUM ${table.name}`;
  const all = `OPTIMIZE ${table.name} REWRITE DATA USING BIN_PACK`;
  const time = table.partition.find(({ transform }) => transform !== 'identity');
  if (phase === 'delete') {
    // Whole days: Athena removes their files and reads none.
    const first = new Date(now.getTime() - keptDaysOf(table.properties) * 86_400_000).toISOString().slice(0, 10);
    return `DELETE FROM ${table.name} WHERE ${time?.column ?? ''} < TIMESTAMP '${first} 00:00:00 UTC'`;
  }
  if (time === undefined || written === undefined || written < now.getTime() - lively) return all;
  // Athena selects whole partitions only.
  const day = new Date(now.getTime() - lateness).toISOString().slice(0, time.transform === 'month' ? 7 : 10);
  return `${all} WHERE ${time.column} < TIMESTAMP '${day.padEnd(10, '-01')} 00:00:00 UTC'`;
}

/** The run itself, or, where it has changed nothing, the one before that did. */
export function lastChange(run: Partial<MaintenanceRun> | undefined): Partial<MaintenanceRun> | undefined {
  return run?.dryRun === undefined ? run : run.dryRun.last;
}

/** What comes after the end of Spark, which has done all tables or none: its own log tells how far it came. */
export function endOfSpark(tables: readonly TableMaintenance[], reason: string | undefined): TableMaintenance[] {
  return tables.map((table) => ({
    ...table,
    ...(reason === undefined ? { phase: 'done' } : { phase: 'failed', reason }),
  }));
}

/** One line for each table, for people; where Spark has done them, one for all. */
export function describeRun({ tables, spark }: MaintenanceRun): string[] {
  if (spark !== undefined) {
    const reason = tables.find(({ phase }) => phase === 'failed')?.reason;
    const by = `${spark.on === 'glue' ? 'Glue' : 'EMR'}${spark.id === undefined ? '' : ` (${spark.id})`}`;
    return [
      `Spark in ${by}: ${reason === undefined ? 'done' : `failed: ${reason}`}`,
      `tables: ${tables.map(({ table }) => table).join(', ')}`,
      '"cryptodm logs optimize" has the figures.',
    ];
  }
  return tables.map(({ table, phase, statements, conflicts, scannedBytes, reason, left }) => {
    const work = `${String(statements)} statements, ${(scannedBytes / 1e6).toFixed(1)} MB read`;
    const met = conflicts > 0 ? `, lost to a writer ${String(conflicts)} times` : '';
    const rest = left === undefined ? '' : `; not compacted: ${left}`;
    return `${table}: ${phase === 'failed' ? `failed: ${reason ?? ''}` : phase} (${work}${met})${rest}`;
  });
}
