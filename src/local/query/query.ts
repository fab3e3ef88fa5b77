import { StatementType, type DuckDBPreparedStatement } from '@duckdb/node-api';
import { Fault } from '../../errors.ts';
import { findUnreadable, readTablePointers, unreadableFault, type TablePointer } from '../tables/catalog.ts';
import { bindNeeds, resolveNeeds } from './binding.ts';
import { parseAsOf } from '../../lake/times.ts';
import { openEngine, type Engine } from './engine.ts';
import { explainFailure, isFileGone } from './failure.ts';
import { parseStatement } from './statement.ts';
import type { Cell, LakeFiles, QueryLimits, QueryOutcome, QuerySink } from '../../tools/sql/types.ts';
import { columnsOf, toCell } from './value.ts';

export interface QueryRequest extends LakeFiles {
  /** folder with DuckDB's extensions, see openEngine */
  extensions: string;
  sql: string;
  /** as a person writes it, see parseAsOf; now when absent */
  asOf?: string | undefined;
  limits?: QueryLimits;
  signal?: AbortSignal;
}

/**
 * Runs one reading statement on the lake and hands the rows to `sink` as they come. The tables that it names are pinned in one
 * read of the catalog; when maintenance has removed a file since, it starts once more with new pointers.
 * Throws Faults: `query` (the SQL, a limit), `usage` (asOf), `part` (no lake), `environment` (extensions), `interrupted` (signal).
 */
export async function runQuery(request: QueryRequest, sink: QuerySink): Promise<QueryOutcome> {
  const session = openSession(request);
  try {
    return await session.query(request, sink);
  } finally {
    await session.close();
  }
}

/** What a session is on; the limits on memory and threads are those of its engine. */
export type SessionPlace = Omit<QueryRequest, 'sql' | 'asOf' | 'signal'>;

/** An engine that starts with the first statement and stays open for the next ones; one at a time. */
export function openSession(place: SessionPlace) {
  let engine: Promise<Engine> | undefined;
  return {
    /** As runQuery. */
    async query(
      statement: Pick<QueryRequest, 'sql' | 'asOf' | 'limits' | 'signal'>,
      sink: QuerySink,
    ): Promise<QueryOutcome> {
      const asOf = statement.asOf === undefined ? undefined : parseAsOf(statement.asOf);
      engine ??= openEngine(place.extensions, place.warehouse, place.limits);
      // The engine starts on a thread of its own meanwhile.
      const [pointers, opened] = await Promise.allSettled([
        readTablePointers(place.catalogFile, place.catalogName),
        engine,
      ]);
      if (opened.status === 'rejected') engine = undefined;
      if (pointers.status === 'rejected') throw pointers.reason;
      if (opened.status === 'rejected') throw opened.reason;
      return runOn(opened.value, { ...place, ...statement, asOf, pointers: pointers.value }, sink);
    },
    async close(): Promise<void> {
      (await engine)?.close();
    },
  };
}

/** A request for an engine that is open already. */
export interface EngineRequest extends LakeFiles {
  sql: string;
  /** milliseconds since the epoch; now when absent */
  asOf?: number | undefined;
  /** read again when absent */
  pointers?: TablePointer[];
  limits?: QueryLimits;
  signal?: AbortSignal;
}

/** As runQuery, on an open engine; one statement at a time. The engine's own limits on memory and threads stay. */
export async function runOn(engine: Engine, request: EngineRequest, sink: QuerySink): Promise<QueryOutcome> {
  const { sql, limits = {} } = request;
  const started = performance.now();
  const outcome = await runBound(engine, request, (stopped, delivers) =>
    deliver(engine, sql, limits, stopped, {
      columns: (columns) => {
        delivers();
        return sink.columns(columns);
      },
      rows: (rows) => sink.rows(rows),
    }),
  );
  return { ...outcome, seconds: (performance.now() - started) / 1000 };
}

/**
 * Makes what a statement reads visible to the engine, and runs it.
 * @param run what is done then: `stopped` gives the reason why it is to end, `delivers` says that it can't be repeated any more
 * @throws Fault as runQuery
 */
export async function runBound<Result>(
  engine: Engine,
  request: EngineRequest,
  run: (stopped: () => Fault | undefined, delivers: () => void) => Promise<Result>,
): Promise<Result> {
  const { sql, limits = {}, signal } = request;
  let stopped: Fault | undefined;
  const stop = (fault: Fault) => {
    stopped ??= fault;
    engine.connection.interrupt();
  };
  const abort = () => stop(new Fault('interrupted', 'the query was interrupted'));
  const { seconds } = limits;
  const overdue = () =>
    stop(
      new Fault('query', `the query took longer than ${seconds} s`, {
        next: 'narrow it, or give it more time',
        facts: { seconds },
      }),
    );
  const timer = seconds === undefined ? undefined : setTimeout(overdue, seconds * 1000);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  let delivering = false;
  const attempt = async (pointers: TablePointer[]): Promise<Result> => {
    const statement = await parseStatement(engine.connection, sql);
    const tables = pointers.map((pointer) => pointer.name);
    const needs = await resolveNeeds(engine, statement, tables, request.views);
    await bindNeeds(engine, needs, pointers, request.asOf);
    if (stopped) throw stopped;
    return await run(
      () => stopped,
      () => (delivering = true),
    );
  };
  const read = () => readTablePointers(request.catalogFile, request.catalogName);
  try {
    return await attempt(request.pointers ?? (await read())).catch(async (thrown: unknown) => {
      // Rows that are out can't be taken back.
      if (stopped || delivering || !isFileGone(thrown)) throw thrown;
      return await attempt(await read());
    });
  } catch (thrown) {
    if (stopped) throw stopped;
    const fault = thrown instanceof Fault ? undefined : await findBroken(request);
    if (fault !== undefined) throw fault;
    if (isFileGone(thrown)) {
      throw new Fault(
        'part',
        `a file of the lake is missing: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        {
          next: 'cryptodm status',
          cause: thrown,
        },
      );
    }
    throw explainFailure(thrown, { sql, memoryBytes: engine.memoryBytes });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** A fault that names the tables of a statement that failed, if it is they that can't be read. */
async function findBroken({ catalogFile, sql }: EngineRequest): Promise<Fault | undefined> {
  const unreadable = await findUnreadable(catalogFile).catch(() => []);
  const named = unreadable.filter(({ name }) => sql.includes(name.slice(name.indexOf('.') + 1)));
  return unreadableFault(named, catalogFile);
}

async function deliver(
  engine: Engine,
  sql: string,
  limits: QueryLimits,
  stopped: () => Fault | undefined,
  sink: QuerySink,
): Promise<QueryOutcome> {
  const prepared = await prepareOne(engine, sql, [StatementType.SELECT, StatementType.EXPLAIN]);
  const result = await prepared.stream();
  const columns = columnsOf(result);
  let chunk = await result.fetchChunk();
  await sink.columns(columns);
  let delivered = 0;
  let bytes = 0;
  let cut = false;
  while (chunk !== null && chunk.rowCount > 0 && !cut) {
    const interrupted = stopped();
    if (interrupted) throw interrupted;
    const all = chunk.convertRows<Cell>(toCell) as Cell[][];
    const rows = within(all, { rows: limits.rows, bytes: limits.bytes }, { rows: delivered, bytes });
    cut = rows.length < all.length;
    delivered += rows.length;
    if (limits.bytes !== undefined) bytes += sizeOf(rows);
    if (rows.length > 0) await sink.rows(rows);
    if (!cut) chunk = await result.fetchChunk();
  }
  // A result that was interrupted may end like one that is complete.
  const interrupted = cut ? undefined : stopped();
  if (interrupted) throw interrupted;
  // What was not fetched must not go on in the background.
  if (cut) engine.connection.interrupt();
  return { columns, rows: delivered, cut, seconds: 0 };
}

/** A second lock on the same door: the engine's own word on what it is about to run. @throws Fault of kind `query` for another type */
export async function prepareOne(
  engine: Engine,
  sql: string,
  types: readonly StatementType[],
): Promise<DuckDBPreparedStatement> {
  const extracted = await engine.connection.extractStatements(sql);
  const prepared = await extracted.prepare(0);
  if (extracted.count === 1 && types.includes(prepared.statementType)) return prepared;
  throw new Fault('query', 'only one statement that reads is allowed');
}

/** Those of the rows that still fit into a result that has so many rows and bytes already. */
function within(
  rows: Cell[][],
  limits: Pick<QueryLimits, 'rows' | 'bytes'>,
  taken: { rows: number; bytes: number },
): Cell[][] {
  const few = limits.rows === undefined ? rows : rows.slice(0, limits.rows - taken.rows);
  if (limits.bytes === undefined || taken.bytes + sizeOf(few) <= limits.bytes) return few;
  let left = limits.bytes - taken.bytes;
  const end = few.findIndex((row) => (left -= sizeOf([row])) < 0);
  return few.slice(0, end);
}

function sizeOf(rows: Cell[][]): number {
  return Buffer.byteLength(JSON.stringify(rows));
}
