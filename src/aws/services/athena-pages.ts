import { paginateGetQueryResults, type AthenaClient } from '@aws-sdk/client-athena';
import { callAws } from './connection.ts';

/** One page of a result; values are strings, undefined for NULL. */
export interface AthenaPage {
  columns: { name: string; type: string; precision: number; scale: number }[];
  rows: (string | undefined)[][];
}

/** The result of a query that has succeeded, page by page. The first row of a SELECT repeats the column names: it is left out. */
export async function* readPages(athena: AthenaClient, id: string): AsyncGenerator<AthenaPage> {
  const pages = paginateGetQueryResults({ client: athena }, { QueryExecutionId: id });
  for (let first = true; ; first = false) {
    const { done, value } = await callAws('athena:GetQueryResults', () => pages.next());
    if (done === true) return;
    const { Rows = [], ResultSetMetadata } = value.ResultSet ?? {};
    const columns = (ResultSetMetadata?.ColumnInfo ?? []).map(({ Label, Name, Type, Precision, Scale }) => ({
      name: Label ?? Name ?? '',
      type: (Type ?? 'varchar').toLowerCase(),
      precision: Precision ?? 0,
      scale: Scale ?? 0,
    }));
    const rows = Rows.map(({ Data = [] }) => columns.map((_, at) => Data[at]?.VarCharValue));
    const isTitled = first && columns.length > 0 && columns.every(({ name }, at) => rows[0]?.[at] === name);
    yield { columns, rows: isTitled ? rows.slice(1) : rows };
  }
}
