// Queries the lake all the time, as a user might, and writes what it saw to stdout, one JSON object a line.
// Arguments: the lake's folder, and the days of the seed. Ends in order on SIGTERM.
import { setTimeout as pause } from 'node:timers/promises';
import { openEngine } from '../../src/local/query/engine.ts';
import { runOn, runQuery } from '../../src/local/query/query.ts';
import type { Cell } from '../../src/tools/sql/types.ts';
import { layOut } from '../../src/local/layout.ts';
import { readTableMetadata, readTablePointers } from '../../src/local/tables/catalog.ts';
import { queryPlace } from '../support/rows.ts';
import { positionsOf } from './cuts.ts';
import { observedSql, type ObservedTable, type ReaderLine } from './observation.ts';

const [data = '', from = '', to = ''] = process.argv.slice(2);
const place = queryPlace(data);
/** milliseconds between two queries; more queries would only take processor time from the lake */
const breath = 100;
const tables: ObservedTable[] = ['crypto_quote', 'crypto_trader', 'bad_record'];
const view = `select count(*) as n from crypto_db.crypto_trader_view
  where transaction_timestamp >= '${from}'::timestamptz and transaction_timestamp < '${to}'::timestamptz`;

let stopped = false;
process.on('SIGTERM', () => (stopped = true));
let queries = 0;

function tell(line: ReaderLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const engine = await openEngine(place.extensions, place.warehouse, { threads: 1 });

async function observe(table: ObservedTable): Promise<void> {
  const pointers = await readTablePointers(layOut(data).catalog);
  const pointer = pointers.find((candidate) => candidate.name === `crypto_db.${table}`);
  if (pointer === undefined) return;
  const offsets = positionsOf((await readTableMetadata(pointer.metadataLocation)).properties);
  let again = false;
  let row: Cell[] = [];
  const request = {
    warehouse: place.warehouse,
    views: place.views,
    pointers,
    sql: observedSql(table, { from, to }),
    // The query ran again because a file was gone: then rows and offsets are of different versions.
    get catalogFile() {
      again = true;
      return place.catalogFile;
    },
  };
  await runOn(engine, request, { columns: () => undefined, rows: (rows) => void (row = rows[0] ?? row) });
  const [n, k, a, b] = row;
  tell({
    table,
    ...(again ? {} : { offsets }),
    rows: Number(n),
    keys: Number(k),
    first: String(a),
    second: String(b),
  });
}

for (let round = 0; !stopped; round++) {
  // Every eighth query is like the command's: a new engine, and a join of three tables.
  const table = round % 8 === 7 ? undefined : tables[round % tables.length];
  try {
    if (table === undefined)
      await runQuery({ ...place, sql: view }, { columns: () => undefined, rows: () => undefined });
    else await observe(table);
  } catch (error) {
    // The test itself read two different versions of the table; no query has run yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
    const sql = table === undefined ? view : observedSql(table, { from, to });
    tell({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error), sql });
  }
  queries += 1;
  await pause(breath);
}
engine.close();
tell({ done: true, queries });
