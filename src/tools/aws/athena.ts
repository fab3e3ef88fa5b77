import { setTimeout as pause } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  paginateGetQueryResults,
} from '@aws-sdk/client-athena';
import { Fault } from '../../errors.ts';
import { callAws, clientConfig, type AwsPlace } from './session.ts';

/** Athena refuses longer statements. Source: "Service quotas" of Athena. */
export const longestStatementBytes = 262_144;

export interface AthenaRequest {
  sql: string;
  workgroup: string;
  /** what names without a database belong to */
  database?: string | undefined;
  /** 32 to 128 characters: a second start with the same one gives the first one's query */
  token?: string | undefined;
}

export interface AthenaExecution {
  id: string;
  /** QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED */
  state: string;
  /** why it failed */
  reason: string | undefined;
  /** `DML` for SELECT too, `DDL`, `UTILITY` */
  kind: string;
  scannedBytes: number;
}

/** One page of a result; values are texts, undefined for NULL. */
export interface AthenaPage {
  columns: { name: string; type: string; precision: number; scale: number }[];
  rows: (string | undefined)[][];
}

/** A client that is open for one query and what follows it. */
export class AthenaSession {
  private readonly client: AthenaClient;

  constructor(place: AwsPlace) {
    this.client = new AthenaClient(clientConfig(place));
  }

  /** @returns the id of the execution */
  async start(query: AthenaRequest): Promise<string> {
    const { QueryExecutionId = '' } = await callAws('athena:StartQueryExecution', () =>
      this.client.send(
        new StartQueryExecutionCommand({
          QueryString: query.sql,
          WorkGroup: query.workgroup,
          QueryExecutionContext: query.database === undefined ? undefined : { Database: query.database },
          ClientRequestToken: query.token,
        }),
      ),
    );
    return QueryExecutionId;
  }

  async execution(id: string): Promise<AthenaExecution> {
    const { QueryExecution } = await callAws('athena:GetQueryExecution', () =>
      this.client.send(new GetQueryExecutionCommand({ QueryExecutionId: id })),
    );
    const { Status, Statistics, StatementType } = QueryExecution ?? {};
    return {
      id,
      state: Status?.State ?? 'FAILED',
      reason: Status?.StateChangeReason,
      kind: StatementType ?? '',
      scannedBytes: Statistics?.DataScannedInBytes ?? 0,
    };
  }

  async stop(id: string): Promise<void> {
    await callAws('athena:StopQueryExecution', () =>
      this.client.send(new StopQueryExecutionCommand({ QueryExecutionId: id })),
    );
  }

  /** The result, page by page. Athena repeats the names of the columns as the first row of a SELECT: it is left out. */
  async *pages(id: string): AsyncGenerator<AthenaPage> {
    let first = true;
    for await (const page of paginateGetQueryResults({ client: this.client }, { QueryExecutionId: id })) {
      const { Rows = [], ResultSetMetadata } = page.ResultSet ?? {};
      const columns = (ResultSetMetadata?.ColumnInfo ?? []).map(({ Label, Name, Type, Precision, Scale }) => ({
        name: Label ?? Name ?? '',
        type: (Type ?? 'varchar').toLowerCase(),
        precision: Precision ?? 0,
        scale: Scale ?? 0,
      }));
      const rows = Rows.map(({ Data = [] }) => columns.map((_, at) => Data[at]?.VarCharValue));
      const repeated = first && rows[0]?.every((value, at) => value === columns[at]?.name) === true;
      yield { columns, rows: repeated && columns.length > 0 ? rows.slice(1) : rows };
      first = false;
    }
  }

  close(): void {
    this.client.destroy();
  }
}

/**
 * Waits until a query has ended.
 * @param signal ends the query itself, too
 * @throws Fault of kind `query` with Athena's reason and, where it tells one, the place in the statement; the reason of `signal`
 */
export async function awaitQuery(athena: AthenaSession, id: string, signal?: AbortSignal): Promise<AthenaExecution> {
  let waitMs = 100;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const execution = await athena.execution(id);
      if (execution.state === 'SUCCEEDED') return execution;
      if (execution.state === 'CANCELLED') throw new Fault('query', 'the query was cancelled', { where: id });
      if (execution.state === 'FAILED') throw failedQuery(execution);
      await pause(waitMs, undefined, { signal });
      waitMs = Math.min(2000, waitMs * 1.5);
    }
  } catch (error) {
    if (signal?.aborted) await athena.stop(id);
    throw error;
  }
}

/** All rows of a query that has succeeded, null for NULL. For results that fit into memory. */
export async function readRows(
  athena: AthenaSession,
  id: string,
): Promise<{ columns: { name: string; type: string }[]; rows: (string | null)[][] }> {
  let columns: { name: string; type: string }[] = [];
  const rows: (string | null)[][] = [];
  for await (const page of athena.pages(id)) {
    columns = page.columns.map(({ name, type }) => ({ name, type }));
    rows.push(...page.rows.map((row) => row.map((value) => value ?? null)));
  }
  return { columns, rows };
}

/** Runs a statement to its end. @returns the id of its execution @throws as `awaitQuery` */
export async function runQuery(athena: AthenaSession, request: AthenaRequest, signal?: AbortSignal): Promise<string> {
  const id = await athena.start(request);
  await awaitQuery(athena, id, signal);
  return id;
}

/** Lends a session. */
export async function useAthena<T>(place: AwsPlace, act: (athena: AthenaSession) => Promise<T>): Promise<T> {
  const athena = new AthenaSession(place);
  try {
    return await act(athena);
  } finally {
    athena.close();
  }
}

function failedQuery({ id, reason = 'Athena gives no reason' }: AthenaExecution): Fault {
  const [, line, column] = /\bline (\d+):(\d+)\b/.exec(reason) ?? [];
  if (line === undefined) return new Fault('query', reason, { where: `query ${id}`, facts: { queryId: id } });
  return new Fault('query', reason, {
    where: `line ${line}, column ${column ?? ''}`,
    facts: { queryId: id, line: Number(line), column: Number(column) },
  });
}
