import type { Table } from '../../lake/schema.ts';
import type { QueryState } from '../services/athena.ts';
import { isConflict, needsMoreRuns } from './query-outcome.ts';

/** Where the upkeep of one table stands. */
export interface TableUpkeep {
  table: string;
  /** what is to be done next, or being done by `queryId` */
  phase: 'optimize' | 'vacuum' | 'done' | 'failed';
  /** of the statement that runs; absent between two statements */
  queryId?: string | undefined;
  /** statements that were run */
  statements: number;
  /** of these, how many were for a rest that the one before had left */
  repeats: number;
  /** of these, how many met another writer */
  conflicts: number;
  scannedBytes: number;
  /** why it failed */
  reason?: string | undefined;
}

/** One upkeep of several tables; the note of the lease. */
export interface UpkeepRun {
  id: string;
  startedAt: string;
  /** absent while it runs */
  endedAt?: string | undefined;
  tables: TableUpkeep[];
}

/** How a statement ended. */
export interface StatementEnd {
  state: QueryState;
  reason: string | undefined;
  scannedBytes: number;
}

/** A round takes some hundred partitions or thousands of files: more rounds than this mean that something is wrong. */
const mostRepeats = 50;
const mostConflicts = 5;

const minute = 60_000;
/** A writer that has committed within this time still replaces the young end of a table, as `TableMaintenance` of the JVM side has it. */
const lively = 10 * minute;
/** Records come late: partitions that ended less than this ago may still be written to. */
const lateness = 60 * minute;

export function beginUpkeep(table: string): TableUpkeep {
  return { table, phase: 'optimize', statements: 0, repeats: 0, conflicts: 0, scannedBytes: 0 };
}

export function isOver({ phase }: TableUpkeep): boolean {
  return phase === 'done' || phase === 'failed';
}

/** What follows the end of a table's statement. */
export function continueUpkeep(upkeep: TableUpkeep, { state, reason, scannedBytes }: StatementEnd): TableUpkeep {
  const { phase, repeats, conflicts } = upkeep;
  const ended = { ...upkeep, queryId: undefined, scannedBytes: upkeep.scannedBytes + scannedBytes };
  if (state === 'SUCCEEDED') return { ...ended, phase: phase === 'optimize' ? 'vacuum' : 'done' };
  const said = reason ?? state.toLowerCase();
  if (state === 'FAILED' && needsMoreRuns(said) && repeats < mostRepeats) return { ...ended, repeats: repeats + 1 };
  if (state === 'FAILED' && isConflict(said) && conflicts < mostConflicts)
    return { ...ended, conflicts: conflicts + 1 };
  return { ...ended, phase: 'failed', reason: `${phase.toUpperCase()}: ${said}` };
}

/**
 * The statement of a phase.
 * @param written when the table was written to last, ms since 1970. While a stream writes, OPTIMIZE leaves the young partitions alone: it
 *   would only meet the writer.
 */
export function renderStatement(
  phase: 'optimize' | 'vacuum',
  table: Pick<Table, 'name' | 'partition'>,
  written: number | undefined,
  now: Date,
): string {
  if (phase === 'vacuum') return `VACUUM ${table.name}`;
  const all = `OPTIMIZE ${table.name} REWRITE DATA USING BIN_PACK`;
  const time = table.partition.find(({ transform }) => transform !== 'identity');
  if (time === undefined || written === undefined || written < now.getTime() - lively) return all;
  // Only whole partitions can be told apart.
  const day = new Date(now.getTime() - lateness).toISOString().slice(0, time.transform === 'month' ? 7 : 10);
  return `${all} WHERE ${time.column} < TIMESTAMP '${day.padEnd(10, '-01')} 00:00:00 UTC'`;
}

/** For a person, one line a table. */
export function describeRun({ tables }: UpkeepRun): string[] {
  return tables.map(({ table, phase, statements, conflicts, scannedBytes, reason }) => {
    const work = `${String(statements)} statements, ${(scannedBytes / 1e6).toFixed(1)} MB read`;
    const met = conflicts > 0 ? `, met a writer ${String(conflicts)} times` : '';
    return `${table}: ${phase === 'failed' ? `failed: ${reason ?? ''}` : phase} (${work}${met})`;
  });
}
