import { Fault } from '../../errors.ts';
import { formatCsv } from '../../tools/sql/format-csv.ts';
import type { Cell } from '../../tools/sql/types.ts';
import type { SqlRequest, SqlResult } from './api.ts';
import type { Dashboard } from './dashboard.ts';
import { goneSignal, readBody, sendJson, type Exchange } from './exchange.ts';
import { csvRows } from '../query/sql-box.ts';

const longestStatement = 100_000;

/** The statement that was sent as JSON. @throws Fault of kind `usage` */
async function readStatement({ request }: Exchange): Promise<string> {
  const type = request.headers['content-type']?.split(';')[0];
  if (type !== 'application/json') throw new Fault('usage', 'the statement must come as application/json');
  const text = await readBody(request, longestStatement);
  let sql: unknown;
  try {
    sql = (JSON.parse(text) as Partial<Record<keyof SqlRequest, unknown>> | null)?.sql;
  } catch {
    sql = undefined;
  }
  if (typeof sql !== 'string') throw new Fault('usage', 'the request must look like {"sql": "select 1"}');
  return sql;
}

/** The rows of a statement, as many as a page shows. */
export async function answerSql(exchange: Exchange, { sql }: Dashboard): Promise<void> {
  const statement = await readStatement(exchange);
  const rows: Cell[][] = [];
  const sink = { columns: () => undefined, rows: (some: Cell[][]) => void rows.push(...some) };
  const { columns, cut, seconds } = await sql.run(statement, sink, { signal: goneSignal(exchange) });
  sendJson(exchange, { columns, rows, cut, seconds } satisfies SqlResult);
}

/** The rows of a statement as a file for spreadsheets, or with `?raw` with the values as they are. After a failure half-way the connection is cut, so that the browser reports it. */
export async function answerCsv(exchange: Exchange, { sql }: Dashboard): Promise<void> {
  const statement = await readStatement(exchange);
  const { response } = exchange;
  const write = (text: string) =>
    new Promise<void>((resolve) => {
      if (response.destroyed || response.write(text)) resolve();
      else response.once('drain', resolve).once('close', resolve);
    });
  const csv = formatCsv(write, { forSpreadsheets: !exchange.url.searchParams.has('raw') });
  await sql.run(
    statement,
    {
      columns: (columns) => {
        response.writeHead(200, {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': 'attachment; filename="cryptodm.csv"',
          'cache-control': 'no-store',
        });
        return csv.columns(columns);
      },
      rows: (rows) => csv.rows(rows),
    },
    { signal: goneSignal(exchange), rows: csvRows },
  );
  response.end();
}
