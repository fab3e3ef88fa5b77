import assert from 'node:assert/strict';
import { AthenaClient } from '@aws-sdk/client-athena';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { declareLake } from '../../../src/lake/declaration.ts';
import { listGaps } from '../../../src/lake/gap-listing.ts';
import { Fault } from '../../../src/errors.ts';
import type { Lake } from '../../../src/lake/schema.ts';
import { listTradeGaps } from '../../../src/lake/trade-gap-listing.ts';
import { toCell } from '../../../src/aws/athena/value.ts';
import { awaitQuery, describeQuery, readRows, runQuery, startQuery } from '../../../src/aws/services/athena.ts';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { EmulatedAccount } from '../../support/aws/account.ts';
import { barRow } from '../../support/aws/bars.ts';
import { buildFunctions, FunctionLake } from '../../support/aws/function-lake.ts';
import { prepareLambdaRuntime } from '../../support/aws/java.ts';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { athenaCatalog } from '../../support/aws/athena-catalog.ts';
import { startTrino, trinoUnavailable, type Trino } from '../../support/engines/trino.ts';
import { CoinApiDouble } from '../../support/coinapi.ts';
import { readLossless } from '../../../src/tools/lossless-json.ts';
import { skipWithout } from '../../support/skipping.ts';

const database = 'acme_crypto_db';
const quotes = `${database}.crypto_quote`;
const trades = `${database}.crypto_trader`;
const assets = `${database}.crypto_assets`;

/** The parts of a table's metadata that the tests check. */
interface TableMetadata {
  location: string;
  'last-column-id': number;
  properties: Record<string, string>;
  snapshots?: unknown[];
}

describe('the functions and Athena', function () {
  this.timeout(240_000);
  let account: EmulatedAccount;
  let trino: Trino | undefined;
  let lake: FunctionLake;
  let athena: AthenaClient;
  let glue: GlueClient;
  let coinapi: CoinApiDouble;

  before(async function () {
    this.timeout(900_000);
    skipWithout(this, trinoUnavailable() ?? (await emulatorUnavailable()));
    const port = await freePort();
    const java = await prepareLambdaRuntime();
    account = await EmulatedAccount.start({ athenaUrl: `http://127.0.0.1:${String(port)}`, java });
    const starting = startTrino(athenaCatalog({ endpoint: account.url, region: account.region }), port);
    coinapi = await CoinApiDouble.open((coin) => `https://coinapi.example/${coin}`);
    await buildFunctions();
    lake = await FunctionLake.make(account, 'acme_');
    await lake.createFunction('create-tables');
    await lake.createFunction('update-assets-icons', {
      COINAPI_SECRET: `${lake.prefix}/coinapi`,
      COINAPI_URL: coinapi.url,
    });
    // The pattern of cdktf/constructs/upkeep.ts.
    await lake.subscribe(await lake.createFunction('optimize-tables'), 'query-ended', {
      source: ['aws.athena'],
      'detail-type': ['Athena Query State Change'],
      detail: { workgroupName: [lake.workgroup], currentState: ['SUCCEEDED', 'FAILED', 'CANCELLED'] },
    });
    athena = new AthenaClient(lake.config);
    glue = new GlueClient(lake.config);
    trino = await starting;
  });

  after(async () => {
    await trino?.stop();
    await (account as EmulatedAccount | undefined)?.stop();
    (coinapi as CoinApiDouble | undefined)?.close();
  });

  async function query(sql: string): Promise<(string | null)[][]> {
    const id = await runQuery(athena, { sql, workgroup: lake.workgroup, database });
    return (await readRows(athena, id)).rows;
  }

  async function count(what: string): Promise<number> {
    return Number((await query(`SELECT count(*) FROM ${what}`))[0]?.[0]);
  }

  async function metadataOf(table: string): Promise<TableMetadata> {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    const [, , bucket = '', ...key] = Table?.Parameters?.['metadata_location']?.split('/') ?? [];
    const { Body } = await lake.s3().send(new GetObjectCommand({ Bucket: bucket, Key: key.join('/') }));
    return readLossless((await Body?.transformToString()) ?? '') as TableMetadata;
  }

  describe('create-tables', () => {
    it('creates tables that Athena reads, and the view', async () => {
      const answer = await lake.call('create-tables');
      const names = lake.lake.tables.map(({ name }) => name);
      assert.deepEqual(answer, {
        tables: names.map((name) => ({ name, action: 'created', added: [] })),
        views: [`${database}.crypto_trader_view`],
      });
      assert.equal(await count(quotes), 0);
      const columns = new Map((await query(`DESCRIBE ${quotes}`)).map(([name, type]) => [name, type]));
      assert.equal(columns.get('price_crypto'), 'decimal(24,12)');
      assert.equal(columns.get('start_window'), 'timestamp(6) with time zone');
      assert.equal(columns.get('trade_count'), 'bigint');
      const { location } = await metadataOf('crypto_quote');
      assert.equal(location, `s3://${lake.bronze}/${database}/crypto_quote`);
    });

    it('lists the columns in the catalog, too', async () => {
      const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: 'crypto_quote' }));
      const [first, , third] = Table?.StorageDescriptor?.Columns ?? [];
      assert.deepEqual(
        [first?.Name, first?.Type, first?.Comment],
        ['asset_id', 'string', 'base of the pair, such as BTC'],
      );
      assert.deepEqual(
        [third?.Name, third?.Type, third?.Parameters?.['iceberg.field.id']],
        ['start_window', 'timestamp', '3'],
      );
    });

    it('changes nothing the second time', async () => {
      const before = await metadataOf('crypto_quote');
      const { tables } = await lake.call('create-tables');
      assert.deepEqual(new Set((tables as { action: string }[]).map(({ action }) => action)), new Set(['unchanged']));
      assert.deepEqual(await metadataOf('crypto_quote'), before);
    });

    it('gives Athena the age of snapshots, which is not known to read what Iceberg wrote', async () => {
      for (const { name, properties } of lake.lake.tables) {
        const age = Number(properties['history.expire.max-snapshot-age-ms']) / 1000;
        const shown = (await query(`SHOW TBLPROPERTIES ${name}`)).map((cells) => cells.join('\t'));
        assert.ok(shown.includes(`vacuum_max_snapshot_age_seconds\t${String(age)}`), `${name}: ${shown.join(', ')}`);
      }
    });

    it('refuses a row without what is required', async () => {
      await assert.rejects(
        query(`INSERT INTO ${assets} VALUES ('BTC', NULL, current_date)`),
        (error) => error instanceof Fault && error.kind === 'query' && /NULL value not allowed/.test(error.message),
      );
    });
  });

  describe('update-assets-icons', () => {
    it('loads the bundled icons of our coins without a key, once', async () => {
      const first = await lake.call('update-assets-icons');
      assert.deepEqual(first, { assets: { rows: 2, inserted: 2, updated: 0, source: 'bundled' } });
      const before = await metadataOf('crypto_assets');
      const second = await lake.call('update-assets-icons');
      assert.deepEqual(second, { assets: { rows: 2, inserted: 0, updated: 0, source: 'bundled' } });
      assert.deepEqual(await metadataOf('crypto_assets'), before);
    });

    it('changes one address by one commit, and leaves other coins out', async () => {
      const commits = (await metadataOf('crypto_assets')).snapshots?.length ?? 0;
      const icons = [
        { asset_id: 'BTC', url: 'https://icons.example/it’s-BTC.png' },
        { asset_id: 'DOGE', url: 'https://icons.example/DOGE.png' },
      ];
      const answer = await lake.call('update-assets-icons', { icons });
      assert.deepEqual(answer, { assets: { rows: 1, inserted: 0, updated: 1, source: 'given' } });
      const rows = await query(`SELECT asset_id, url FROM ${assets} ORDER BY 1`);
      assert.deepEqual(
        rows.map(([coin]) => coin),
        ['BTC', 'LTC'],
      );
      assert.equal(rows[0]?.[1], icons[0]?.url);
      assert.equal((await metadataOf('crypto_assets')).snapshots?.length, commits + 1);
    });

    it('asks CoinAPI once there is a key', async () => {
      await new SecretsManagerClient(lake.config).send(
        new CreateSecretCommand({ Name: `${lake.prefix}/coinapi`, SecretString: '{"key":"a-key"}' }),
      );
      const answer = await lake.call('update-assets-icons');
      assert.deepEqual(answer, { assets: { rows: 2, inserted: 0, updated: 2, source: 'coinapi' } });
      assert.deepEqual(coinapi.keys, ['a-key']);
      assert.deepEqual(await query(`SELECT url FROM ${assets} WHERE asset_id = 'LTC'`), [
        ['https://coinapi.example/LTC'],
      ]);
    });
  });

  describe('the view', () => {
    it('values each trade at its minute, and keeps those without a price', async () => {
      const minute = new Date('2026-11-20T10:15:00Z');
      await query(`INSERT INTO ${quotes} VALUES ${barRow('BTC', minute, 90_000.5)}`);
      const trade = (id: string, coin: string) =>
        `('${id}', 'user', '${coin}', 'USD', timestamp '2026-11-20 10:15:42.123456 UTC', 'BUY', 0.5, date '2026-11-20', 'user', timestamp '2026-11-20 10:15:42 UTC', 1)`;
      await query(`INSERT INTO ${trades} VALUES ${trade('1', 'BTC')}, ${trade('2', 'LTC')}`);
      const rows = await query(
        `SELECT transaction_id, total_price_transaction, price_source, icon_url, transaction_timestamp FROM ${trades}_view ORDER BY 1`,
      );
      const at = '2026-11-20 10:15:42.123456';
      assert.deepEqual(rows, [
        ['1', '45000.250000000000', 'simulate', 'https://coinapi.example/BTC', at],
        ['2', null, null, 'https://coinapi.example/LTC', at],
      ]);
    });
  });

  describe('the view of a lake with a renamed coin', () => {
    before(async () => {
      await lake.declare(declareLake(['BTC/USD', 'LTC/USD', 'POL/USD'], 'acme_', { renamed: { MATIC: 'POL' } }));
      await lake.call('create-tables');
    });

    after(async () => {
      await lake.declare(lake.lake);
      await lake.call('create-tables');
    });

    it('values a trade under either name by the one history of the coin', async () => {
      const [both, former] = [new Date('2026-11-21T10:16:00Z'), new Date('2026-11-21T10:17:00Z')];
      await query(
        `INSERT INTO ${quotes} VALUES ${barRow('MATIC', both, 1)}, ${barRow('POL', both, 2)}, ${barRow('MATIC', former, 3)}`,
      );
      const trade = (id: string, coin: string, minute: string) =>
        `('${id}', 'user', '${coin}', 'USD', timestamp '2026-11-21 ${minute}:42 UTC', 'BUY', 1, date '2026-11-21', 'user', timestamp '2026-11-21 ${minute}:42 UTC', 1)`;
      await query(
        `INSERT INTO ${trades} VALUES ${trade('renamed-1', 'MATIC', '10:16')}, ${trade('renamed-2', 'POL', '10:17')}`,
      );
      const rows = await query(
        `SELECT transaction_id, asset_id, total_price_transaction FROM ${trades}_view WHERE transaction_id LIKE 'renamed-%' ORDER BY 1`,
      );
      assert.deepEqual(rows, [
        ['renamed-1', 'MATIC', '2.000000000000'],
        ['renamed-2', 'POL', '3.000000000000'],
      ]);
    });
  });

  describe('the statement behind "gaps --trades"', () => {
    it('finds the ids that are missing, and what was reported of them', async () => {
      const time = (text: string) => `timestamp '2026-11-19 ${text} UTC'`;
      const trade = (id: number, text: string) =>
        `('coinbase', 'BTC', 'USD', ${String(id)}, ${time(text)}, 90000.5, 0.25, 'buy', date '2026-11-19', ${time(text)}, ${String(id)})`;
      await query(
        `INSERT INTO ${database}.market_trade VALUES ${trade(5, '10:15:00.123456')}, ${trade(6, '10:15:01')}, ${trade(9, '10:15:02')}, ${trade(11, '10:15:03')}`,
      );
      await query(
        `INSERT INTO ${database}.market_hole VALUES ('coinbase', 'BTC', 'USD', 7, 8, ${time('10:15:01')}, ${time('10:15:02')}, 'absent', 'not in the history', date '2026-11-19', ${time('10:16')}, 12)`,
      );
      const type = 'timestamp with time zone';
      const rows = async (sql: string) =>
        (await query(sql)).map((cells) =>
          // The columns "from_time" and "to_time".
          cells.map((cell, at) =>
            at === 6 || at === 7 ? toCell(cell ?? undefined, { name: '', type, precision: 0, scale: 0 }) : cell,
          ),
        );
      const request = { from: '2026-11-19T10:15Z', to: '2026-11-19T10:20Z', coins: 'BTC/USD', sources: undefined };
      const { gaps, empty } = await listTradeGaps(lake.lake, request, rows, Date.parse('2026-11-21'));
      assert.equal(empty, false);
      assert.deepEqual(
        gaps.map(({ source, coin, first, last, state, reason }) => [source, coin, first, last, state, reason]),
        [
          ['coinbase', 'BTC/USD', 7, 8, 'absent', 'not in the history'],
          ['coinbase', 'BTC/USD', 10, 10, 'unreported', 'not followed'],
        ],
      );
    });
  });

  describe('the statement behind "gaps"', () => {
    it('finds what is missing, and why', async () => {
      const [first, last] = [new Date('2026-11-19T10:15:00Z'), new Date('2026-11-19T10:19:00Z')];
      await query(`INSERT INTO ${quotes} VALUES ${barRow('BTC', first, 90_000)}, ${barRow('BTC', last, 90_001)}`);
      const time = (text: string) => `timestamp '2026-11-19 ${text} UTC'`;
      const watched = (from: string, to: string, state: string) =>
        `('BTC', 'USD', ${time(from)}, ${time(to)}, '${state}', date '2026-11-19', 'simulate', ${time(to)}, 1)`;
      await query(
        `INSERT INTO ${database}.quote_coverage VALUES ${watched('10:15', '10:17', 'observed')}, ${watched('10:17', '10:18', 'source-down')}`,
      );
      const type = 'timestamp with time zone';
      const rows = async (sql: string) =>
        (await query(sql)).map(([kind, base, quote, ...times]) => [
          ...[kind, base, quote],
          ...times.map((cell) => toCell(cell ?? undefined, { name: '', type, precision: 0, scale: 0 })),
        ]);
      const request = { from: '2026-11-19T10:15Z', to: '2026-11-19T10:20Z', coins: 'BTC/USD' };
      const gaps = await listGaps(lake.lake, request, rows, Date.parse('2026-11-21'));
      assert.deepEqual(
        gaps.map(({ from, to, reason }) => [
          new Date(from).toISOString().slice(11, 16),
          new Date(to).toISOString().slice(11, 16),
          reason,
        ]),
        [
          ['10:16', '10:17', 'no trade'],
          ['10:17', '10:18', 'source down'],
          ['10:18', '10:19', 'producer down'],
        ],
      );
    });
  });

  describe('optimize-tables', () => {
    const files = (where: string) => `"${quotes.split('.')[1] ?? ''}$files" WHERE ${where}`;
    const old = `partition.start_window_day = date '2026-11-20'`;

    it('compacts files that no stream writes to, expires snapshots, and reports; events start its next steps', async () => {
      const short = structuredClone(lake.lake);
      for (const table of short.tables) {
        table.properties['history.expire.max-snapshot-age-ms'] = '1000';
        // The rows of this suite are written by Trino: commits of another engine are not compacted unless they are wanted.
        table.properties['cryptodm.foreign.allowed'] = 'true';
      }
      await lake.declare(short);
      await lake.call('create-tables');
      const now = new Date();
      now.setUTCSeconds(0, 0);
      for (const [at, coin] of ['BTC', 'LTC', 'ETH'].entries()) {
        await query(`INSERT INTO ${quotes} VALUES ${barRow(coin, new Date('2026-11-20T11:00:00Z'), at + 1)}`);
        await query(`INSERT INTO ${quotes} VALUES ${barRow(coin, now, at + 1)}`);
      }
      assert.equal(await count(files(old)), 4);
      const rows = await count(quotes);
      const today = await count(files(`NOT (${old})`));
      const { properties } = await metadataOf('crypto_quote');

      const { started } = (await lake.call('optimize-tables')) as { started: { table: string; queryId: string }[] };
      assert.deepEqual(
        started.map(({ table }) => table),
        lake.lake.tables.map(({ name }) => name),
      );
      const report = await awaitAnswer(
        async () =>
          (await account.messages()).find(({ subject }) => subject?.includes('the maintenance of the tables is done')),
        { withinMs: 120_000, everyMs: 500 },
      );
      assert.match(report?.message ?? JSON.stringify(await leaseOf(lake)), /crypto_quote: done \(2 statements/);
      assert.doesNotMatch(report?.message ?? '', /failed/);
      assert.equal(await count(files(old)), 1);
      assert.equal(await count(files(`NOT (${old})`)), today);
      assert.equal(await count(quotes), rows);
      // They include the end offsets of the topics, which an expiry must keep.
      assert.deepEqual((await metadataOf('crypto_quote')).properties, properties);
      assert.ok(((await metadataOf('crypto_quote')).snapshots?.length ?? 0) <= 2);
      await lake.declare(lake.lake);
    });

    it('releases the lease and records what was done', async () => {
      const { holder, until, note } = await leaseOf(lake);
      assert.equal(holder, 'acme-optimize-tables');
      assert.ok(until <= new Date().toISOString());
      assert.ok(note.endedAt);
      assert.deepEqual(
        note.tables.map(({ phase }) => phase),
        lake.lake.tables.map(() => 'done'),
      );
    });

    it('yields to another optimiser, and ignores the end of other queries', async () => {
      const until = new Date(Date.now() + 60_000).toISOString();
      await lake.put('optimize/lease.json', JSON.stringify({ holder: 'spark', until, note: {} }));
      assert.deepEqual(await lake.call('optimize-tables'), { busy: { holder: 'spark', until } });
      const event = { 'detail-type': 'Athena Query State Change', detail: { queryExecutionId: 'somebody’s' } };
      assert.deepEqual(await lake.call('optimize-tables', event), { ignored: 'no maintenance is running' });
    });

    it('names the existing tables', async () => {
      const { failed, payload } = await lake.invoke('optimize-tables', { tables: ['acme_crypto_db.nothing'] });
      assert.ok(failed);
      assert.match(
        String(payload['errorMessage']),
        /no table acme_crypto_db.nothing; there are: acme_crypto_db.crypto_quote/,
      );
    });
  });

  describe('a changed declaration', () => {
    const changed = (change: (quotesTable: Lake['tables'][number]) => void): Lake => {
      const copy = structuredClone(lake.lake);
      const [first] = copy.tables;
      assert.ok(first);
      change(first);
      return copy;
    };

    it('adds a column to existing rows', async () => {
      const rows = await count(quotes);
      await lake.declare(
        changed(({ columns }) =>
          columns.push({ name: 'venue', type: 'string', required: true, doc: 'where it was traded' }),
        ),
      );
      const { tables } = (await lake.call('create-tables')) as {
        tables: { name: string; action: string; added: string[] }[];
      };
      assert.deepEqual(tables[0], { name: quotes, action: 'evolved', added: ['venue'] });
      assert.equal(await count(`${quotes} WHERE venue IS NULL`), rows);
      assert.equal((await metadataOf('crypto_quote'))['last-column-id'], 17);
    });

    it('is refused as a whole when a table can’t be changed to it', async () => {
      const before = await metadataOf('crypto_quote');
      const wrong = changed(({ columns }) => {
        const [first] = columns;
        if (first !== undefined) first.type = 'long';
      });
      wrong.tables[1]?.columns.push({ name: 'fee', type: 'double', required: false, doc: 'of the trade' });
      await lake.declare(wrong);
      const { failed, payload } = await lake.invoke('create-tables');
      assert.ok(failed);
      assert.match(String(payload['errorType']), /\.RefusedEvolution$/);
      assert.match(
        String(payload['errorMessage']),
        /^Table acme_crypto_db.crypto_quote, column asset_id: its type is string/,
      );
      assert.deepEqual(await metadataOf('crypto_quote'), before);
      assert.ok(!(await query(`DESCRIBE ${trades}`)).some(([name]) => name === 'fee'));
    });

    it('overwrites no commits of another writer, and loses none of its own', async () => {
      const rows = await count(quotes);
      const columns = (await columnNames()).join(', ');
      await lake.declare(changed((table) => (table.properties['write.metadata.previous-versions-max'] = '9')));
      const [{ tables }] = await Promise.all([
        lake.call('create-tables'),
        ...['BTC', 'LTC', 'ETH'].map((coin, at) =>
          query(`INSERT INTO ${quotes} (${columns}) VALUES ${barRow(coin, new Date(Date.UTC(2026, 10, 18, at)), 1)}`),
        ),
      ]);
      assert.equal((tables as { action: string }[])[0]?.action, 'evolved');
      assert.equal(await count(quotes), rows + 3);
      assert.equal((await metadataOf('crypto_quote')).properties['write.metadata.previous-versions-max'], '9');
    });

    async function columnNames(): Promise<string[]> {
      return (await query(`DESCRIBE ${quotes}`)).map(([name]) => name ?? '').filter((name) => name !== 'venue');
    }
  });

  describe('a query', () => {
    it('with an error names it and its place in the statement', async () => {
      await assert.rejects(query('SELECT 1,\n  nothing'), (error) => {
        assert.ok(error instanceof Fault);
        assert.equal(error.kind, 'query');
        assert.match(error.message, /COLUMN_NOT_FOUND: .*'nothing' cannot be resolved/);
        assert.equal(error.where, 'line 2, column 3');
        return true;
      });
    });

    it('is stopped when its caller is gone', async () => {
      const sql = `SELECT count(*) FROM UNNEST(sequence(1, 9000)) a(x) CROSS JOIN UNNEST(sequence(1, 9000)) b(y) CROSS JOIN UNNEST(sequence(1, 9)) c(z)`;
      const id = await startQuery(athena, { sql, workgroup: lake.workgroup });
      const abort = new AbortController();
      const waiting = awaitQuery(athena, id, abort.signal);
      abort.abort(new Error('enough'));
      await assert.rejects(waiting);
      assert.equal((await describeQuery(athena, id)).state, 'CANCELLED');
    });
  });
});

async function leaseOf(lake: FunctionLake) {
  const { Body } = await lake.s3().send(new GetObjectCommand({ Bucket: lake.artifacts, Key: 'optimize/lease.json' }));
  return JSON.parse((await Body?.transformToString()) ?? '') as {
    holder: string;
    until: string;
    note: { endedAt?: string; tables: { phase: string }[] };
  };
}
