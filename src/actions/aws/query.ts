import { defaultPrices } from '../../costs/estimate.ts';
import { Fault } from '../../errors.ts';
import { parseAsOf } from '../../query/as-of.ts';
import { checkReading, readAsOf } from '../../query/athena-statement.ts';
import { toCell, toColumn } from '../../query/athena-value.ts';
import { placeAt } from '../../query/place.ts';
import type { QueryLimits, QueryOutcome, QuerySink, ResultColumn } from '../../query/types.ts';
import { AthenaSession, type AthenaExecution } from '../../tools/aws/athena.ts';
import { awsErrorName } from '../../tools/aws/session.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { AwsLake } from './lake.ts';

export interface AthenaRequest {
  sql: string;
  /** as a person writes it, see `parseAsOf`; now when absent */
  asOf?: string | undefined;
  limits: Pick<QueryLimits, 'rows'> & { seconds: number };
  signal: AbortSignal;
}

export interface AthenaOutcome extends QueryOutcome {
  scannedBytes: number;
  /** US dollars, by the price table */
  cost: number;
}

/** Athena bills no query for less. */
const leastBilledBytes = 10e6;

/**
 * Runs one reading statement in the lake's workgroup and hands the rows to `sink` as they come.
 * @throws Fault of kind `query` for the SQL or a limit, `usage` for asOf, `part` when the lake is not up, `interrupted`
 */
export async function queryAthena(lake: AwsLake, request: AthenaRequest, sink: QuerySink): Promise<AthenaOutcome> {
  const started = performance.now();
  const asOf = request.asOf === undefined ? undefined : parseAsOf(request.asOf);
  const read = checkReading(request.sql);
  const { tables, views } = lake.lake;
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
  const sql = asOf === undefined ? read : readAsOf(read, asOf, { tables: names(tables), views: names(views) });
  const session = new AthenaSession(lake.place);
  try {
    const id = await start(session, lake, sql);
    const execution = await awaitEnd(session, id, request);
    if (execution.state !== 'SUCCEEDED') throw explain(execution, sql, lake);
    const delivered = await deliver(session, id, request.limits.rows, sink);
    const { scannedBytes } = execution;
    const price = (defaultPrices.rates['scanned']?.price ?? 0) / 1e12;
    const cost = execution.kind === 'DML' ? Math.max(scannedBytes, leastBilledBytes) * price : 0;
    return { ...delivered, scannedBytes, cost, seconds: (performance.now() - started) / 1000 };
  } finally {
    session.close();
  }
}

async function start(session: AthenaSession, lake: AwsLake, sql: string): Promise<string> {
  const { workgroup } = lake.names;
  try {
    return await session.start({ sql, workgroup, database: `${lake.settings.aws.databasePrefix}crypto_db` });
  } catch (error) {
    if (awsErrorName(error) !== 'InvalidRequestException') throw error;
    const { message } = error as Error;
    if (/workgroup/i.test(message)) {
      throw new Fault('part', `there is no workgroup ${workgroup} in ${lake.place.region}`, {
        where: workgroup,
        next: 'Run "cryptodm up" first.',
        cause: error,
      });
    }
    throw new Fault('query', message, { ...placeOf(message, sql), cause: error });
  }
}

async function awaitEnd(session: AthenaSession, id: string, request: AthenaRequest): Promise<AthenaExecution> {
  const ended = async () => {
    const execution = await session.execution(id);
    return ['QUEUED', 'RUNNING'].includes(execution.state) ? undefined : execution;
  };
  const { limits, signal } = request;
  let execution: AthenaExecution | undefined;
  try {
    // Most answers take about a second: quick looks first.
    execution = await awaitAnswer(ended, { withinMs: Math.min(3, limits.seconds) * 1000, everyMs: 150, signal });
    const left = limits.seconds * 1000 - 3000;
    if (execution === undefined && left > 0) {
      execution = await awaitAnswer(ended, { withinMs: left, everyMs: 1000, signal });
    }
  } catch (error) {
    await session.stop(id).catch(() => undefined);
    if (signal.aborted) throw new Fault('interrupted', 'the query was interrupted', { cause: error });
    throw error;
  }
  if (execution !== undefined) return execution;
  await session.stop(id);
  throw new Fault('query', `the query took longer than ${String(limits.seconds)} s`, {
    next: 'Narrow it, or give it more time with --timeout.',
    facts: { seconds: limits.seconds },
  });
}

async function deliver(
  session: AthenaSession,
  id: string,
  most: number | undefined,
  sink: QuerySink,
): Promise<Omit<QueryOutcome, 'seconds'>> {
  let columns: ResultColumn[] | undefined;
  let delivered = 0;
  for await (const page of session.pages(id)) {
    if (columns === undefined) {
      columns = page.columns.map(toColumn);
      await sink.columns(columns);
    }
    const room = most === undefined ? page.rows.length : most - delivered;
    const rows = page.rows.slice(0, room);
    if (rows.length > 0) {
      await sink.rows(rows.map((row) => page.columns.map((column, at) => toCell(row[at], column))));
    }
    delivered += rows.length;
    if (rows.length < page.rows.length) return { columns, rows: delivered, cut: true };
  }
  return { columns: columns ?? [], rows: delivered, cut: false };
}

function explain({ state, reason = '' }: AthenaExecution, sql: string, lake: AwsLake): Fault {
  if (state === 'CANCELLED') return new Fault('query', 'the query was cancelled', { next: 'Run it again.' });
  if (/bytes scanned limit/i.test(reason)) {
    const limit = lake.settings.aws.queryLimitGb;
    return new Fault('query', `the query scans more than ${String(limit)} GB`, {
      next: 'Narrow it by time, or raise "aws.queryLimitGb" and run "cryptodm up".',
      facts: { limitGb: limit },
    });
  }
  // `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved ...`
  const message = reason.replace(/^[A-Z_]+: /, '').replace(/^line \d+:\d+: /, '');
  const { snippet, ...place } = placeOf(reason, sql);
  return new Fault('query', snippet === undefined ? message || 'the query failed' : `${message}\n${snippet}`, place);
}

/** Where a message of Athena points to. */
function placeOf(message: string, sql: string): { where?: string; snippet?: string } {
  const match = /line (\d+):(\d+)/.exec(message);
  if (match === null) return {};
  const lines = sql.split('\n').slice(0, Number(match[1]) - 1);
  const position = lines.reduce((sum, line) => sum + [...line].length + 1, 0) + Number(match[2]) - 1;
  const { where, snippet } = placeAt(sql, position, 'characters');
  return { where, snippet };
}
