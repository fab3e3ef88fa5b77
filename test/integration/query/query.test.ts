import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { Fault, type FaultKind } from '../../../src/errors.ts';
import { declareLake } from '../../../src/lake/declaration.ts';
import { openEngine } from '../../../src/local/query/engine.ts';
import { createFormatter, type QueryFormat } from '../../../src/tools/sql/format.ts';
import { runOn, runQuery, type QueryRequest } from '../../../src/local/query/query.ts';
import type { Cell, QueryOutcome, QuerySink } from '../../../src/tools/sql/types.ts';
import { QueryWorker, type WorkerSettings } from '../../../src/local/query/worker.ts';
import { pathOfLocation, readTableMetadata, readTablePointers } from '../../../src/local/tables/catalog.ts';
import { totalsOf } from '../../../src/tools/iceberg/metadata.ts';
import { prepareExtensions } from './extensions.ts';
import { placeWarehouse, type Warehouse } from './place-warehouse.ts';

const { views } = declareLake(['BTC/USD']);
const extensions = await prepareExtensions();

/** A query that takes days and little memory. */
const endless =
  'select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + b.range + c.range = -1';

class Gathered implements QuerySink {
  rowList: Cell[][] = [];
  columns() {}
  rows(rows: Cell[][]) {
    this.rowList.push(...rows);
  }
}

async function ask(
  place: Warehouse,
  sql: string,
  more: Partial<QueryRequest> = {},
): Promise<{ rows: Cell[][] } & Omit<QueryOutcome, 'rows'>> {
  const sink = new Gathered();
  const outcome = await runQuery({ ...place, extensions, views, sql, ...more }, sink);
  assert.equal(outcome.rows, sink.rowList.length);
  return { ...outcome, rows: sink.rowList };
}

async function refusal(asked: Promise<unknown>, kind: FaultKind = 'query'): Promise<Fault> {
  const thrown = await asked.then(
    () => assert.fail('nothing was thrown'),
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof Fault, String(thrown));
  assert.equal(thrown.kind, kind, thrown.message);
  return thrown;
}

/** Every file below a folder with its size and time of change. */
function picture(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/catalog\.db-(shm|wal)$/.test(file))
    .map((file) => `${file} ${statSync(file).size} ${statSync(file).mtimeMs}`)
    .sort();
}

describe('SQL on tables that Iceberg wrote', () => {
  let lake: Warehouse;
  before(() => (lake = placeWarehouse('trading')));
  after(() => lake.remove());

  it('counts rows without those that position deletes remove', async () => {
    assert.deepEqual((await ask(lake, 'select count(*) from crypto_db.crypto_quote')).rows, [[7]]);
    const pointer = (await readTablePointers(lake.catalogFile)).find(
      (table) => table.name === 'crypto_db.crypto_quote',
    );
    assert.ok(pointer?.previousMetadataLocation);
    const totals = totalsOf(await readTableMetadata(pointer.metadataLocation));
    assert.deepEqual([totals.records, totals.positionDeletes, totals.dataFiles, totals.snapshots], [7, 1, 4, 4]);
  });

  it('shows the revision and never what it replaced', async () => {
    const { rows } = await ask(
      lake,
      "select start_window, price_crypto, revision from crypto_quote where asset_id = 'BTC' order by 1",
    );
    assert.deepEqual(rows, [
      ['2025-07-08T23:58:00Z', '108000.000000000000', 2 ** 40 + 1],
      ['2025-07-08T23:59:00Z', '108100.500000000000', 2 ** 40 + 6],
      ['2025-07-09T00:00:00Z', '108300.250000000000', 2 ** 40 + 4],
      ['2025-07-09T00:01:00Z', '108400.750000000000', 2 ** 40 + 5],
    ]);
  });

  it('keeps decimals, long integers, instants and bytes exact', async () => {
    const quotes = await ask(
      lake,
      "select price_crypto, vwap, trade_count, ref_date from crypto_quote where asset_id in ('MAX', 'MIN') order by 1",
    );
    assert.deepEqual(quotes.rows, [
      ['0.000000000001', null, null, '2025-07-09'],
      ['999999999999.999999999999', null, 7, '2025-07-09'],
    ]);
    assert.deepEqual(
      quotes.columns.map((column) => [column.type, column.kind]),
      [
        ['DECIMAL(24,12)', 'number'],
        ['DECIMAL(24,12)', 'number'],
        ['BIGINT', 'number'],
        ['DATE', 'time'],
      ],
    );
    const bad = await ask(lake, 'select "offset", record_key, payload, hex(payload), seen_at from bad_record');
    assert.deepEqual(bad.rows, [
      ['9007199254740993', null, '\\x00\\xFFa\\x22', '00FF6122', '2025-07-08T23:59:59.123456Z'],
    ]);
  });

  it('shows the same trades where coins are renamed', async () => {
    const sql = 'select * from crypto_trader_view order by transaction_id';
    const renamed = declareLake(['BTC/USD'], '', { renamed: { XBT: 'BTC' } }).views;
    assert.deepEqual((await ask(lake, sql, { views: renamed })).rows, (await ask(lake, sql)).rows);
  });

  it('values each trade once, by the price of its minute, across midnight', async () => {
    const { rows } = await ask(
      lake,
      `select transaction_id, price_crypto, icon_url, total_price_transaction from crypto_db.crypto_trader_view
       order by transaction_timestamp, transaction_id`,
    );
    const icon = (coin: string) => `https://icons.test/${coin}.png`;
    assert.deepEqual(rows, [
      ['t-without-quote', null, icon('btc'), null],
      ['t-first-instant', '108100.500000000000', icon('btc'), '108100.500000000000'],
      ['t-last-instant', '108100.500000000000', icon('btc'), '0.000000108101'],
      ['t-midnight', '108300.250000000000', icon('btc'), '54150.125000000000'],
      ['t-large', '999999999999.999999999999', icon('max'), '98999999999999.999999999901'],
      ['t-without-icon', '0.000000000001', null, '1.000000000000'],
    ]);
  });

  it('finds tables by short names, in common table expressions, in subqueries, in any case', async () => {
    const sql = 'with q as (from Crypto_Quote) select (select count(*) from CRYPTO_DB.crypto_trader), count(*) from q';
    assert.deepEqual((await ask(lake, sql)).rows, [[6, 7]]);
  });

  it('lists and describes tables and views', async () => {
    const names = ['bad_record', 'crypto_assets', 'crypto_quote', 'crypto_trader', 'crypto_trader_view'];
    assert.deepEqual((await ask(lake, 'show tables')).rows.flat(), names);
    const listed = await ask(
      lake,
      "select table_name from information_schema.tables where table_schema = 'crypto_db' order by 1",
    );
    assert.deepEqual(listed.rows.flat(), names);
    assert.deepEqual(
      (await ask(lake, 'describe crypto_assets')).rows.map((row) => row[0]),
      ['asset_id', 'url', 'load_date', 'title'],
    );
  });

  it('takes VALUES, plans, and comments before and after', async () => {
    assert.deepEqual((await ask(lake, '-- why\n/* not */ values (1); -- done')).rows, [[1]]);
    assert.equal(
      (await ask(lake, '/* plan */ explain select count(*) from crypto_quote')).rows[0]?.[0],
      'physical_plan',
    );
    assert.match(
      String((await ask(lake, 'explain analyze select count(*) from crypto_quote')).rows[0]?.[1]),
      /Total Time/,
    );
  });

  it('reads a column that was added later as NULL in older rows', async () => {
    const { rows } = await ask(lake, 'select asset_id, title from crypto_assets order by 1');
    assert.deepEqual(rows, [
      ['BTC', null],
      ['LTC', null],
      ['MAX', 'Maximum, "the" coin'],
    ]);
  });

  it('writes each format as it is', async () => {
    const text = async (format: QueryFormat) => {
      let written = '';
      const formatter = createFormatter(format, (part) => void (written += part));
      const sql = 'select asset_id, price_crypto from crypto_quote where price_crypto < 100 order by 1';
      await runQuery({ ...lake, extensions, views, sql }, formatter);
      await formatter.end();
      return written;
    };
    assert.equal(await text('csv'), 'asset_id,price_crypto\r\nLTC,86.123456789012\r\nMIN,0.000000000001\r\n');
    assert.deepEqual(JSON.parse(await text('json')), [
      { asset_id: 'LTC', price_crypto: '86.123456789012' },
      { asset_id: 'MIN', price_crypto: '0.000000000001' },
    ]);
    assert.equal(
      await text('table'),
      'asset_id     price_crypto\n────────  ───────────────\nLTC       86.123456789012\nMIN        0.000000000001\n',
    );
  });

  it('turns nested and special values into JSON ones', async () => {
    const { rows } = await ask(
      lake,
      "select [1, null], {'a': 1.5, 'b': date '2025-07-08'}, map {'k': 2}, 'nan'::double, 1e400, true, 2::hugeint ** 2",
    );
    assert.deepEqual(rows[0]?.slice(0, 6), [
      [1, null],
      { a: '1.5', b: '2025-07-08' },
      [{ key: 'k', value: 2 }],
      'NaN',
      'Infinity',
      true,
    ]);
  });

  describe('as of a time', () => {
    const times = async (table: string) => {
      const pointer = (await readTablePointers(lake.catalogFile)).find((candidate) => candidate.name === table);
      assert.ok(pointer);
      return (await readTableMetadata(pointer.metadataLocation)).log.map((entry) => entry.at);
    };
    const iso = (at: number | undefined, shift = 0) => new Date((at ?? Number.NaN) + shift).toISOString();

    it('shows what the table held then', async () => {
      const log = await times('crypto_db.crypto_quote');
      const counts = [];
      for (const asOf of [iso(log[0], -1), iso(log[0]), iso(log[1]), iso(log[2]), iso(log[3])]) {
        counts.push((await ask(lake, 'select count(*) from crypto_quote', { asOf })).rows[0]?.[0]);
      }
      assert.deepEqual(counts, [0, 3, 5, 5, 7]);
      const price =
        "select price_crypto from crypto_quote where asset_id = 'BTC' and start_window = '2025-07-08T23:59:00Z'";
      assert.deepEqual((await ask(lake, price, { asOf: iso(log[1]) })).rows, [['108200.500000000000']]);
      assert.deepEqual((await ask(lake, price, { asOf: iso(log[2]) })).rows, [['108100.500000000000']]);
    });

    it('applies to views, too; tables without a row then are empty', async () => {
      const [first] = await times('crypto_db.crypto_quote');
      const { rows, columns } = await ask(lake, 'select transaction_id, quantity from crypto_trader', {
        asOf: iso(first),
      });
      assert.deepEqual(rows, []);
      assert.deepEqual(
        columns.map((column) => column.type),
        ['VARCHAR', 'DECIMAL(24,12)'],
      );
    });

    it('names the oldest remaining time of an expired table', async () => {
      const [oldest] = await times('crypto_db.crypto_assets');
      const fault = await refusal(ask(lake, 'from crypto_assets', { asOf: '2025-01-01' }));
      assert.match(fault.message, /crypto_assets can't be read as of 2025-01-01/);
      assert.equal(fault.facts['oldest'], iso(oldest));
      assert.equal((await ask(lake, 'from crypto_assets', { asOf: iso(oldest) })).rows.length, 2);
    });

    it('refuses what is no time', async () => {
      await refusal(ask(lake, 'select 1', { asOf: 'yesterday' }), 'usage');
    });
  });

  describe('names what is wrong:', () => {
    it('a syntax error with its line, column and a caret', async () => {
      const fault = await refusal(ask(lake, "select 'ä',\n  fro crypto_quote x y"));
      assert.equal(fault.where, 'line 2, column 20');
      assert.match(fault.message, /^syntax error at or near "x"\n {2}fro crypto_quote x y\n {19}\^$/);
    });

    it('an unknown table with the tables of the lake and the one that was meant', async () => {
      const fault = await refusal(ask(lake, 'select * from crypto_db.cripto_quote'));
      assert.match(
        fault.message,
        /no table crypto_db\.cripto_quote in the lake: did you mean crypto_db\.crypto_quote\?/,
      );
      assert.match(fault.next ?? '', /crypto_db\.bad_record, .*crypto_db\.crypto_trader_view/);
      await refusal(ask(lake, 'select * from nowhere.crypto_quote'));
    });

    it('an unknown column with those that come close', async () => {
      const fault = await refusal(ask(lake, 'select prize_crypto from crypto_quote'));
      assert.match(fault.message, /^no column "prize_crypto"\n/);
      assert.match(fault.next ?? '', /price_crypto/);
      assert.equal(fault.where, 'line 1, column 8');
    });

    it('a view of columns that tables of a version before do not have', async () => {
      const older = [{ name: 'crypto_db.crypto_trader_view', select: 'select q.later from crypto_db.crypto_quote q' }];
      const fault = await refusal(ask(lake, 'from crypto_trader_view', { views: older }), 'part');
      assert.match(`${fault.message} ${fault.next ?? ''}`, /crypto_trader_view reads a column .* cryptodm up/);
      assert.equal((await ask(lake, 'select count(*) from crypto_trader', { views: older })).rows.length, 1);
    });

    it('a value of the wrong type', async () => {
      assert.match(
        (await refusal(ask(lake, 'select cast(asset_id as integer) from crypto_quote'))).message,
        /Could not convert string/,
      );
      assert.match(
        (await refusal(ask(lake, 'select asset_id + start_window from crypto_quote'))).message,
        /No function matches/,
      );
    });

    it('nothing, or more than one statement', async () => {
      for (const sql of ['', ' ; ', '-- only a comment']) await refusal(ask(lake, sql));
      assert.match((await refusal(ask(lake, 'select 1; select 2'))).message, /2 statements/);
      assert.match((await refusal(ask(lake, 'explain select 1; select 2'))).message, /2 statements/);
    });

    it('a limit of time, kept and named', async () => {
      const started = performance.now();
      assert.match((await refusal(ask(lake, endless, { limits: { seconds: 0.5 } }))).message, /longer than 0\.5 s/);
      assert.ok(performance.now() - started < 5000);
    });

    it('a limit of memory', async () => {
      const sql = 'select list(a.range || b.range) from range(10000) a, range(10000) b';
      const fault = await refusal(ask(lake, sql, { limits: { memoryBytes: 64 * 2 ** 20, seconds: 30 } }));
      assert.match(fault.message, /more than its 64 MiB of memory/);
    });

    it('an interruption', async () => {
      await refusal(ask(lake, endless, { signal: AbortSignal.timeout(400) }), 'interrupted');
      await refusal(ask(lake, 'select 1', { signal: AbortSignal.abort() }), 'interrupted');
    });

    it('a lake that is not up', async () => {
      const fault = await refusal(
        ask({ ...lake, catalogFile: join(tmpdir(), 'no', 'catalog.db') }, 'select 1'),
        'part',
      );
      assert.equal(fault.next, 'cryptodm up');
    });

    it('a catalog without tables', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cryptodm-'));
      try {
        const catalogFile = join(folder, 'catalog.db');
        new Database(catalogFile).exec('create table other (a)');
        await refusal(ask({ ...lake, catalogFile }, 'select 1'), 'part');
        writeFileSync(catalogFile, 'this is no database, but long enough to have a header of one'.repeat(10));
        await refusal(ask({ ...lake, catalogFile }, 'select 1'), 'part');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('extensions that are missing or have no valid signature', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cryptodm-'));
      try {
        await refusal(ask(lake, 'select 1', { extensions: folder }), 'environment');
        for (const name of readdirSync(extensions))
          if (name.endsWith('_extension')) copyFileSync(join(extensions, name), join(folder, name));
        assert.deepEqual((await ask(lake, 'select 1', { extensions: folder })).rows, [[1]]);
        const avro = join(folder, 'avro.duckdb_extension');
        const bytes = readFileSync(avro);
        bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1);
        // A new file in its place: the old one is mapped into this process.
        writeFileSync(`${avro}.new`, bytes);
        renameSync(`${avro}.new`, avro);
        assert.match(
          (await refusal(ask(lake, 'select 1', { extensions: folder }), 'environment')).message,
          /signature/,
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  it('cuts at the row limit and says so', async () => {
    const cut = await ask(lake, 'select range from range(100000000)', { limits: { rows: 3000 } });
    assert.deepEqual([cut.rows.length, cut.cut, cut.rows.at(-1)], [3000, true, [2999]]);
    const exact = await ask(lake, 'select range from range(3000)', { limits: { rows: 3000 } });
    assert.deepEqual([exact.rows.length, exact.cut], [3000, false]);
  });

  it('delivers a large result in batches and waits for the consumer', async () => {
    let pending = 0;
    let most = 0;
    let total = 0;
    const before = process.memoryUsage().rss;
    await runQuery(
      { ...lake, extensions, views, sql: "select range, range::varchar || repeat('x', 100) from range(1000000)" },
      {
        columns() {},
        async rows(rows) {
          most = Math.max(most, ++pending);
          await new Promise((done) => setImmediate(done));
          total += rows.length;
          pending--;
        },
      },
    );
    assert.deepEqual([total, most], [1000000, 1]);
    assert.ok(process.memoryUsage().rss - before < 300 * 2 ** 20);
  });

  describe('only reading', () => {
    let outside: string;
    before(() => {
      outside = mkdtempSync(join(tmpdir(), 'cryptodm-'));
      writeFileSync(join(outside, 'secret.csv'), 'word\nsesame\n');
    });
    after(() => rmSync(outside, { recursive: true }));

    const attempts = (folder: string, inside: string) => [
      `copy (select 1) to '${folder}/out.csv'`,
      `copy (select 1) to '${inside}/out.csv'`,
      `copy crypto_quote to '${inside}/out.parquet' (format parquet)`,
      `explain analyze copy (select 1) to '${inside}/out.csv'`,
      `explain copy (select 1) to '${inside}/out.csv'`,
      `/* */ explain analyze /* */ copy (select 1) to '${inside}/out.csv'`,
      `attach '${folder}/x.db'`,
      `attach '${inside}/x.db' as x`,
      "attach ':memory:' as x",
      `export database '${inside}/dump'`,
      `import database '${inside}/dump'`,
      'install httpfs',
      "load 'avro'",
      'pragma database_list',
      "pragma enable_profiling = 'json'",
      'set threads = 1',
      'set enable_external_access = true',
      'reset threads',
      'create table t (a int)',
      'create view v as select 1',
      'create secret s (type s3)',
      'create macro m() as 1',
      'insert into crypto_quote select * from crypto_quote',
      'delete from crypto_quote',
      'update crypto_quote set revision = 0',
      'drop view crypto_quote',
      'call enable_logging()',
      'call force_checkpoint()',
      'begin',
      'checkpoint',
      'vacuum',
      'use memory',
      'prepare p as select 1',
      'select 1; drop view crypto_quote',
      `select 1; copy (select 1) to '${inside}/out.csv'`,
      `select * from read_text('${folder}/secret.csv')`,
      "select * from read_text('/etc/passwd')",
      `select * from read_csv('${folder}/secret.csv')`,
      `select * from '${folder}/secret.csv'`,
      `select * from read_blob('${inside}/../catalog.db')`,
      `select * from glob('${folder}/*')`,
      `select * from parquet_scan('${inside}/crypto_db/crypto_quote/data/*/*.parquet')`,
      `select * from iceberg_scan('${inside}/crypto_db/crypto_quote')`,
      `select * from '${inside}/crypto_db/bad_record/data/seen_at_day=2025-07-08/data-10.parquet'`,
      `select (select count(*) from read_text('/etc/passwd'))`,
      `with x as materialized (select * from read_text('/etc/passwd')) select * from x`,
      `select * from query('select 1')`,
      `select * from query_table('crypto_quote')`,
      `select * from json_execute_serialized_sql('{}')`,
      `select * from enable_logging('FileSystem', storage = 'file', storage_path = '${inside}/log')`,
      `select * from enable_profiling()`,
      `select * from iceberg_to_ducklake('a', 'b')`,
      'select * from arrow_scan(1::pointer, 1::pointer, 1::pointer)',
      'select * from duckdb_settings()',
      "describe select * from read_text('/etc/passwd')",
      "summarize select * from read_text('/etc/passwd')",
      `from (pivot (from read_csv('${folder}/secret.csv')) on word in ('a') using count(*))`,
      'select $1',
    ];

    it('refuses everything else, and nothing is written or read', async () => {
      const all = attempts(outside, lake.warehouse);
      const before = [...picture(outside), ...picture(lake.warehouse), ...picture(process.cwd() + '/src/local/query')];
      const engine = await openEngine(extensions, lake.warehouse);
      try {
        for (const sql of all) {
          const sink = new Gathered();
          const fault = await refusal(runOn(engine, { ...lake, views, sql }, sink)).catch((error: unknown) => {
            throw new Error(`${sql}: ${String(error)}`);
          });
          assert.deepEqual(sink.rowList, [], sql);
          assert.ok(!fault.message.includes('sesame') && !fault.message.includes('root:'), sql);
        }
        const sink = new Gathered();
        await runOn(engine, { ...lake, views, sql: 'select count(*) from crypto_quote' }, sink);
        assert.deepEqual(sink.rowList, [[7]]);
      } finally {
        engine.close();
      }
      assert.deepEqual(
        [...picture(outside), ...picture(lake.warehouse), ...picture(process.cwd() + '/src/local/query')],
        before,
      );
    });

    it('is guaranteed even without our own syntax check', async () => {
      const engine = await openEngine(extensions, lake.warehouse);
      try {
        for (const sql of [
          `copy (select 1) to '${outside}/out.csv'`,
          `attach '${outside}/x.db'`,
          `from read_text('${outside}/secret.csv')`,
          'set enable_external_access = true',
          'install httpfs',
        ]) {
          await assert.rejects(engine.connection.run(sql), sql);
        }
      } finally {
        engine.close();
      }
      assert.deepEqual(readdirSync(outside), ['secret.csv']);
    });
  });

  describe('while others write', () => {
    it('starts again with new pointers when a pinned file is gone', async () => {
      const engine = await openEngine(extensions, lake.warehouse);
      try {
        const fresh = await readTablePointers(lake.catalogFile);
        const stale = fresh.map((pointer) => ({
          ...pointer,
          metadataLocation: pointer.metadataLocation.replace(/\d{5}-/, '99999-'),
        }));
        for (const asOf of [undefined, Date.now()]) {
          const sink = new Gathered();
          await runOn(
            engine,
            { ...lake, views, sql: 'select count(*) from crypto_quote', pointers: stale, asOf },
            sink,
          );
          assert.deepEqual(sink.rowList, [[7]]);
        }
      } finally {
        engine.close();
      }
    });

    it('says so when a file is gone for good', async () => {
      const own = placeWarehouse('trading');
      try {
        rmSync(join(own.warehouse, 'crypto_db/bad_record/data'), { recursive: true });
        const fault = await refusal(ask(own, 'from bad_record'), 'part');
        assert.match(fault.message, /file of the lake is missing/);
        assert.equal(fault.next, 'cryptodm status');
      } finally {
        own.remove();
      }
    });

    it('reads the pointers of all tables as one commit left them', async () => {
      const own = placeWarehouse('trading');
      const writer = new Database(own.catalogFile);
      try {
        writer.exec('pragma journal_mode = wal');
        writer.exec('begin immediate');
        writer.exec("update iceberg_tables set metadata_location = 'half' where table_name = 'crypto_quote'");
        assert.deepEqual((await ask(own, 'select count(*) from crypto_quote')).rows, [[7]]);
        writer.exec('rollback');
      } finally {
        writer.close();
        own.remove();
      }
    });

    it('never writes to the catalog', async () => {
      const before = readFileSync(lake.catalogFile);
      await ask(lake, 'select count(*) from crypto_quote');
      assert.deepEqual(readFileSync(lake.catalogFile), before);
    });
  });

  it('reads the current tables for each statement on an open engine', async () => {
    const engine = await openEngine(extensions, lake.warehouse);
    try {
      const counts: Cell[] = [];
      for (const [sql, rows] of [
        ['from crypto_trader_view', 2],
        ['select range from range(10000000)', 1],
        ['select count(*) from crypto_quote', 9],
        ['from crypto_assets', 9],
      ] as const) {
        const sink = new Gathered();
        counts.push((await runOn(engine, { ...lake, views, sql, limits: { rows } }, sink)).rows);
      }
      assert.deepEqual(counts, [2, 1, 1, 3]);
    } finally {
      engine.close();
    }
  });
});

describe('SQL on an empty lake', () => {
  let lake: Warehouse;
  before(() => (lake = placeWarehouse('empty')));
  after(() => lake.remove());

  it('gives no rows with the right columns', async () => {
    const { rows, columns } = await ask(lake, 'select * from crypto_db.crypto_quote');
    assert.deepEqual(rows, []);
    assert.deepEqual(
      columns.slice(0, 5).map((column) => `${column.name} ${column.type}`),
      [
        'asset_id VARCHAR',
        'asset_type VARCHAR',
        'start_window TIMESTAMP WITH TIME ZONE',
        'end_window TIMESTAMP WITH TIME ZONE',
        'price_crypto DECIMAL(24,12)',
      ],
    );
    assert.deepEqual((await ask(lake, 'select count(*), sum(quantity) from crypto_trader')).rows, [[0, null]]);
    assert.deepEqual((await ask(lake, 'from crypto_trader_view')).rows, []);
    assert.deepEqual((await ask(lake, 'from bad_record', { asOf: '1h' })).rows, []);
  });

  it('has no snapshot and no counts', async () => {
    for (const pointer of await readTablePointers(lake.catalogFile, 'lake')) {
      const metadata = await readTableMetadata(pointer.metadataLocation);
      assert.equal(metadata.current, undefined);
      assert.deepEqual(totalsOf(metadata), {
        records: 0,
        dataFiles: 0,
        positionDeletes: 0,
        deleteFiles: 0,
        bytes: 0,
        snapshots: 0,
      });
    }
    assert.deepEqual(await readTablePointers(lake.catalogFile, 'another'), []);
  });

  it('reads locations that are file URIs', () => {
    assert.equal(pathOfLocation('file:///a/b'), '/a/b');
    assert.equal(pathOfLocation('file:/a/b'), '/a/b');
    assert.equal(pathOfLocation('/a/b'), '/a/b');
  });

  it('works in a folder whose name needs quoting', async () => {
    const odd = join(lake.catalogFile, "../it's #1? 100%");
    mkdirSync(odd);
    copyFileSync(lake.catalogFile, join(odd, 'catalog.db'));
    assert.equal((await readTablePointers(join(odd, 'catalog.db'))).length, 4);
  });
});

describe('SQL in a process of its own', () => {
  let lake: Warehouse;
  let worker: QueryWorker;
  const command = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'worker-entry.ts')] as const;
  const start = (limits: WorkerSettings['limits'] = { seconds: 8, rows: 5000 }) =>
    new QueryWorker({ ...lake, extensions, views, command: [...command], limits });
  before(() => {
    lake = placeWarehouse('trading');
    worker = start();
  });
  after(() => {
    worker.close();
    lake.remove();
  });

  const count = async (from: QueryWorker, sql: string, options = {}) => {
    const sink = new Gathered();
    return { outcome: await from.run(sql, sink, options), rows: sink.rowList };
  };

  it('answers as in this process, one statement after the other', async () => {
    const answers = await Promise.all([
      count(worker, 'select count(*) from crypto_quote'),
      count(worker, 'select range from range(100000)'),
      count(worker, 'select count(*) from crypto_trader_view'),
    ]);
    assert.deepEqual(answers[0]?.rows, [[7]]);
    assert.deepEqual([answers[1]?.rows.length, answers[1]?.outcome.cut], [5000, true]);
    assert.deepEqual(answers[2]?.rows, [[6]]);
  });

  it('cuts a result at its bytes, and at other rows for one statement', async () => {
    const small = start({ seconds: 30, rows: 5000, bytes: 1000 });
    try {
      const wide = await count(small, "select repeat('x', 300) as text from range(10)");
      assert.deepEqual([wide.rows.length, wide.outcome.rows, wide.outcome.cut], [3, 3, true]);
      const huge = await count(small, "select repeat('x', 3000) as text");
      assert.deepEqual([huge.rows.length, huge.outcome.cut], [0, true]);
      assert.deepEqual((await count(small, 'select 1')).rows, [[1]]);
      const few = await count(small, 'select range from range(100)', { rows: 7 });
      assert.deepEqual([few.rows.length, few.outcome.cut], [7, true]);
    } finally {
      small.close();
    }
  });

  it('kills a process above its memory limit, for any use of the memory', async () => {
    const narrow = start({ seconds: 30, rows: 1, processBytes: 300 * 2 ** 20 });
    try {
      const fault = await refusal(narrow.run("select repeat('x', 450000000) as text", new Gathered()));
      assert.match(fault.message, /memory/);
      assert.deepEqual((await count(narrow, 'select 1')).rows, [[1]]);
    } finally {
      narrow.close();
    }
  });

  it('passes faults on', async () => {
    const fault = await refusal(worker.run('select nope from crypto_quote', new Gathered()));
    assert.equal(fault.where, 'line 1, column 8');
    await refusal(worker.run("copy (select 1) to '/tmp/out.csv'", new Gathered()));
    await refusal(worker.run('select 1', new Gathered(), { asOf: 'never' }), 'usage');
  });

  it('survives an endless statement', async () => {
    await refusal(worker.run(endless, new Gathered()));
    assert.deepEqual((await count(worker, 'select count(*) from crypto_quote')).rows, [[7]]);
  });

  it('still works after an interruption and after its process was killed', async () => {
    await refusal(worker.run(endless, new Gathered(), { signal: AbortSignal.timeout(300) }), 'interrupted');
    assert.deepEqual((await count(worker, 'select count(*) from crypto_quote')).rows, [[7]]);
    await refusal(
      worker.run('select range from range(100000)', {
        columns() {},
        rows: () => Promise.reject(new Fault('query', 'full')),
      }),
    );
    assert.deepEqual((await count(worker, 'select 1')).rows, [[1]]);
  });

  it('says so when its process can’t start, and ends when it is closed', async () => {
    const broken = new QueryWorker({
      ...lake,
      extensions,
      views,
      command: ['/no/such/program'],
      limits: { seconds: 1, rows: 1 },
    });
    await refusal(broken.run('select 1', new Gathered()), 'internal');
    const closing = start({ seconds: 20, rows: 1 });
    const running = refusal(closing.run(endless, new Gathered()), 'interrupted');
    setTimeout(() => closing.close(), 500);
    await running;
    await refusal(closing.run('select 1', new Gathered()), 'interrupted');
  });
});
