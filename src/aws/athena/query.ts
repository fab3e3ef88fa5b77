import type { AthenaClient } from '@aws-sdk/client-athena';
import { defaultPrices } from '../costs/estimate.ts';
import { Fault } from '../../errors.ts';
import { databaseOf } from '../../lake/databases.ts';
import { parseAsOf } from '../../lake/times.ts';
import { checkReading, readAsOf } from './statement.ts';
import { toCell, toColumn } from './value.ts';
import { positionAt } from '../../tools/sql/position.ts';
import type { QueryLimits, QueryOutcome, QuerySink, ResultColumn } from '../../tools/sql/types.ts';
import { describeQuery, startQuery, stopQuery, useAthena, type QueryStatus } from '../services/athena.ts';
import { readPages } from '../services/athena-pages.ts';
import { awsErrorName } from '../services/connection.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { AwsLake } from '../lake.ts';

export interface AthenaRequest {
  sql: string;
  /** as the user writes it, see `parseAsOf`; absent: now */
  asOf?: string | undefined;
  limits: Pick<QueryLimits, 'rows'> & { seconds: number };
  signal: AbortSignal;
}

export interface AthenaOutcome extends QueryOutcome {
  scannedBytes: number;
  /** US dollars, by the price table */
  cost: number;
}

/** Athena bills every query for at least this. */
const leastBilledBytes = 10e6;

/**
 * Runs one reading statement in the lake's workgroup and passes the rows to `sink` as they come.
 * @throws Fault of kind `query` for the SQL or a limit, `usage` for asOf, `part` when the lake is not up, `interrupted`
 */
export async function queryAthena(lake: AwsLake, request: AthenaRequest, sink: QuerySink): Promise<AthenaOutcome> {
  const started = performance.now();
  const asOf = request.asOf === undefined ? undefined : parseAsOf(request.asOf);
  const read = checkReading(request.sql);
  const { tables, views } = lake.lake;
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
  const sql = asOf === undefined ? read : readAsOf(read, asOf, { tables: names(tables), views: names(views) });
  return useAthena(lake.connection, async (athena) => {
    const id = await start(athena, lake, sql);
    const ended = await awaitEnd(athena, id, request);
    if (ended.state !== 'SUCCEEDED') throw explain(ended, sql, lake);
    const delivered = await deliver(athena, id, request.limits.rows, sink);
    const { scannedBytes } = ended.statistics;
    const price = (defaultPrices.rates['scanned']?.price ?? 0) / 1e12;
    const cost = scannedBytes === 0 ? 0 : Math.max(scannedBytes, leastBilledBytes) * price;
    return { ...delivered, scannedBytes, cost, seconds: (performance.now() - started) / 1000 };
  });
}

async function start(athena: AthenaClient, lake: AwsLake, sql: string): Promise<string> {
  const { workgroup } = lake.names;
  try {
    return await startQuery(athena, {
      sql,
      workgroup,
      database: databaseOf('bronze', lake.settings.aws.databasePrefix),
    });
  } catch (error) {
    if (awsErrorName(error) !== 'InvalidRequestException') throw error;
    const { message } = error as Error;
    if (/workgroup/i.test(message)) {
      throw new Fault('part', `there is no workgroup ${workgroup} in ${lake.connection.region}`, {
        where: workgroup,
        next: 'Run "cryptodm up" first.',
        cause: error,
      });
    }
    throw new Fault('query', message, { ...positionIn(message, sql), cause: error });
  }
}

async function awaitEnd(athena: AthenaClient, id: string, request: AthenaRequest): Promise<QueryStatus> {
  const ended = async () => {
    const execution = await describeQuery(athena, id);
    return ['QUEUED', 'RUNNING'].includes(execution.state) ? undefined : execution;
  };
  const { limits, signal } = request;
  let execution: QueryStatus | undefined;
  try {
    // Most queries take about a second: look often at first.
    execution = await awaitAnswer(ended, { withinMs: Math.min(3, limits.seconds) * 1000, everyMs: 150, signal });
    const left = limits.seconds * 1000 - 3000;
    if (execution === undefined && left > 0) {
      execution = await awaitAnswer(ended, { withinMs: left, everyMs: 1000, signal });
    }
  } catch (error) {
    await stopQuery(athena, id).catch(() => undefined);
    if (signal.aborted) throw new Fault('interrupted', 'the query was interrupted', { cause: error });
    throw error;
  }
  if (execution !== undefined) return execution;
  await stopQuery(athena, id);
  throw new Fault('query', `the query ran longer than ${String(limits.seconds)} s`, {
    next: 'Narrow it, or give it more time with --timeout.',
    facts: { seconds: limits.seconds },
  });
}

async function deliver(
  athena: AthenaClient,
  id: string,
  most: number | undefined,
  sink: QuerySink,
): Promise<Omit<QueryOutcome, 'seconds'>> {
  let columns: ResultColumn[] | undefined;
  let delivered = 0;
  for await (const page of readPages(athena, id)) {
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

function explain({ state, reason = '' }: QueryStatus, sql: string, lake: AwsLake): Fault {
  // Athena cancels a query that goes over the limit of the workgroup.
  if (/bytes scanned limit/i.test(reason)) {
    const limit = lake.settings.aws.queryLimitGb;
    return new Fault('query', `the query would scan more than ${String(limit)} GB`, {
      next: 'Narrow it by time, or raise "aws.queryLimitGb" and run "cryptodm up".',
      facts: { limitGb: limit },
    });
  }
  if (state === 'CANCELLED') return new Fault('query', 'the query was cancelled', { next: 'Run it again.' });
  // `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved ...`
  const message = reason.replace(/^[A-Z_]+: /, '').replace(/^line \d+:\d+: /, '');
  const { snippet, ...position } = positionIn(reason, sql);
  return new Fault('query', snippet === undefined ? message || 'the query failed' : `${message}\n${snippet}`, position);
}

/** The position in the SQL that a message of Athena names. */
function positionIn(message: string, sql: string): { where?: string; snippet?: string } {
  const match = /line (\d+):(\d+)/.exec(message);
  if (match === null) return {};
  const lines = sql.split('\n').slice(0, Number(match[1]) - 1);
  const position = lines.reduce((sum, line) => sum + [...line].length + 1, 0) + Number(match[2]) - 1;
  const { where, snippet } = positionAt(sql, position, 'characters');
  return { where, snippet };
}
