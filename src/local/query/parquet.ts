import { StatementType, type DuckDBPreparedStatement } from '@duckdb/node-api';
import { Fault, noRoomFor } from '../../errors.ts';
import { parseAsOf } from '../../lake/times.ts';
import { dayColumn } from '../../tools/sql/day-column.ts';
import { literal } from '../../tools/sql/literal.ts';
import { splitStatements } from '../../tools/sql/statements.ts';
import type { LakeFiles } from '../../tools/sql/types.ts';
import { openEngine, type Engine } from './engine.ts';
import { readEngineError } from './failure.ts';
import { prepareOne, runBound } from './query.ts';
import { toColumn } from './value.ts';

export interface ParquetRequest extends LakeFiles {
  /** folder with DuckDB's extensions, see openEngine */
  extensions: string;
  sql: string;
  /** as a person writes it, see parseAsOf; now when absent */
  asOf: string | undefined;
  /** it is stopped after so many; never when absent */
  seconds: number | undefined;
  /** absolute: a file that exists, or an empty folder */
  path: string;
  /** into a folder `day=2026-11-30` for each day (UTC) of the first column that is a time */
  byDay: boolean;
  signal: AbortSignal;
}

/**
 * Writes the rows of one SELECT as Parquet: the engine streams them into the file, with the types that they have in the lake.
 * The statement goes through the same parser as a query; beside the lake the engine can reach `path` only.
 * @returns the number of rows
 * @throws Fault as runQuery; `query` for a statement that has no rows to write; `environment` when the disk is full
 */
export async function exportParquet(request: ParquetRequest): Promise<number> {
  const { path, byDay, sql, seconds } = request;
  const asOf = request.asOf === undefined ? undefined : parseAsOf(request.asOf);
  const engine = await openEngine(request.extensions, request.warehouse, {}, { kind: byDay ? 'folder' : 'file', path });
  try {
    return await runBound(engine, { ...request, asOf, limits: { seconds } }, async (stopped) => {
      // By itself first: its errors name places in what the user wrote.
      const copy = copyOf(await prepareOne(engine, sql, [StatementType.SELECT, StatementType.EXPLAIN]), request);
      const rows = await copyRows(engine, copy, path);
      const fault = stopped();
      if (fault !== undefined) throw fault;
      return rows;
    });
  } finally {
    engine.close();
  }
}

/** @throws Fault as dayColumn */
function copyOf(prepared: DuckDBPreparedStatement, { sql, path, byDay }: ParquetRequest): string {
  // A line of its own, because the statement may end with a comment.
  const rows = `(\n${splitStatements(sql)[0]?.sql ?? ''}\n)`;
  const form = 'format parquet, compression zstd';
  if (!byDay) return `copy ${rows} to ${literal(path)} (${form}, use_tmp_file false)`;
  const columns = Array.from({ length: prepared.columnCount }, (_, at) =>
    toColumn(prepared.columnName(at), prepared.columnType(at)),
  );
  const day = `"${dayColumn(columns).name.replaceAll('"', '""')}"`;
  const dated = `(select *, ${day}::date as "day" from ${rows})`;
  return `copy ${dated} to ${literal(path)} (${form}, partition_by ("day"), overwrite_or_ignore)`;
}

async function copyRows(engine: Engine, copy: string, path: string): Promise<number> {
  try {
    const prepared = await prepareOne(engine, copy, [StatementType.COPY]);
    const written = await prepared.runAndReadAll();
    return Number(written.getRows()[0]?.[0] ?? 0);
  } catch (thrown) {
    const { type, message } = readEngineError(thrown) ?? { type: '', message: '' };
    if (/^parser$/i.test(type)) {
      throw new Fault('query', 'this statement can’t be exported', { next: 'Export a SELECT.', cause: thrown });
    }
    if (/no space left|quota exceeded/i.test(message)) throw noRoomFor(path, thrown);
    throw thrown;
  }
}
