import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  type QueryExecution,
} from '@aws-sdk/client-athena';
import { Fault } from '../../errors.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { readPages } from './athena-pages.ts';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Athena refuses longer statements. Source: "Service quotas" of Athena. */
export const longestStatementBytes = 262_144;

export interface QueryRequest {
  sql: string;
  workgroup: string;
  /** database of names that have none */
  database?: string | undefined;
  /** 32 to 128 characters: a second start with the same token returns the query of the first */
  token?: string | undefined;
}

/** What Athena measured of a query. */
export interface QueryStatistics {
  scannedBytes: number;
  /** in the engine, without the time in the queue */
  engineMs: number;
  totalMs: number;
}

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface QueryStatus {
  state: QueryState;
  /** why it failed or was cancelled */
  reason: string | undefined;
  statistics: QueryStatistics;
}

export interface QueryColumn {
  name: string;
  /** Athena's name, such as `varchar` or `decimal` */
  type: string;
}

export interface QueryRows {
  columns: QueryColumn[];
  rows: (string | null)[][];
}

/** Runs something with a client of Athena and closes the client afterwards. */
export async function useAthena<T>(connection: AwsConnection, act: (athena: AthenaClient) => Promise<T>): Promise<T> {
  const athena = new AthenaClient(clientConfig(connection));
  try {
    return await act(athena);
  } finally {
    athena.destroy();
  }
}

/** Starts a statement. @returns the id of its execution */
export async function startQuery(athena: AthenaClient, request: QueryRequest): Promise<string> {
  const { QueryExecutionId = '' } = await callAws('athena:StartQueryExecution', () =>
    athena.send(
      new StartQueryExecutionCommand({
        QueryString: request.sql,
        WorkGroup: request.workgroup,
        QueryExecutionContext: request.database === undefined ? undefined : { Database: request.database },
        ClientRequestToken: request.token,
      }),
    ),
  );
  return QueryExecutionId;
}

export async function describeQuery(athena: AthenaClient, id: string): Promise<QueryStatus> {
  return readStatus(await describe(athena, id));
}

/**
 * Waits until a query has ended.
 * @param signal also stops the query itself
 * @throws Fault of kind `query` with Athena's reason and, where Athena names it, the position in the statement; the reason of `signal`
 */
export async function awaitQuery(athena: AthenaClient, id: string, signal?: AbortSignal): Promise<QueryStatistics> {
  try {
    const ended = await awaitAnswer(
      async () => {
        const query = await describeQuery(athena, id);
        return query.state === 'QUEUED' || query.state === 'RUNNING' ? undefined : query;
      },
      { withinMs: Infinity, everyMs: { firstWaitMs: 100, longestWaitMs: 2000 }, signal },
    );
    if (ended?.state === 'SUCCEEDED') return ended.statistics;
    if (ended?.state === 'CANCELLED') throw new Fault('query', 'the query was cancelled', { where: id });
    throw failedQuery(ended?.reason ?? 'Athena gives no reason', id);
  } catch (error) {
    if (signal?.aborted) await stopQuery(athena, id);
    throw error;
  }
}

/** Stops a query; one that has ended stays as it is. */
export async function stopQuery(athena: AthenaClient, id: string): Promise<void> {
  await callAws('athena:StopQueryExecution', () =>
    athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })),
  );
}

/** All rows of a query that has succeeded; values as Athena writes them, null for NULL. For results that fit into memory. */
export async function readRows(athena: AthenaClient, id: string): Promise<QueryRows> {
  const read: QueryRows = { columns: [], rows: [] };
  for await (const { columns, rows } of readPages(athena, id)) {
    read.columns = columns.map(({ name, type }) => ({ name, type }));
    read.rows.push(...rows.map((row) => row.map((value) => value ?? null)));
  }
  return read;
}

/** Runs a statement to its end. @throws as `awaitQuery` */
export async function runQuery(athena: AthenaClient, request: QueryRequest, signal?: AbortSignal): Promise<string> {
  const id = await startQuery(athena, request);
  await awaitQuery(athena, id, signal);
  return id;
}

async function describe(athena: AthenaClient, id: string): Promise<QueryExecution> {
  const { QueryExecution = {} } = await callAws('athena:GetQueryExecution', () =>
    athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id })),
  );
  return QueryExecution;
}

function readStatus({ Status, Statistics }: QueryExecution): QueryStatus {
  return {
    state: Status?.State ?? 'QUEUED',
    reason: Status?.StateChangeReason,
    statistics: {
      scannedBytes: Statistics?.DataScannedInBytes ?? 0,
      engineMs: Statistics?.EngineExecutionTimeInMillis ?? 0,
      totalMs: Statistics?.TotalExecutionTimeInMillis ?? 0,
    },
  };
}

function failedQuery(reason: string, id: string): Fault {
  // Athena appends advice about its result files to the reason, sometimes without a space.
  const message = reason.replace(/\s*(If a data manifest file|You may need to manually clean)[\s\S]*$/, '');
  const [, line, column] = /\bline (\d+):(\d+)\b/.exec(message) ?? [];
  const place = line === undefined ? {} : { line: Number(line), column: Number(column) };
  return new Fault('query', message, {
    where: line === undefined ? `query ${id}` : `line ${line}, column ${column ?? ''}`,
    facts: { queryId: id, ...place },
  });
}
