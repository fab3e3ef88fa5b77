import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  paginateGetQueryResults,
} from '@aws-sdk/client-athena';
import { callAws, clientConfig, type AwsPlace } from './session.ts';

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

  async start(query: { sql: string; workgroup: string; database: string }): Promise<string> {
    const { QueryExecutionId = '' } = await callAws('athena:StartQueryExecution', () =>
      this.client.send(
        new StartQueryExecutionCommand({
          QueryString: query.sql,
          WorkGroup: query.workgroup,
          QueryExecutionContext: { Database: query.database },
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
