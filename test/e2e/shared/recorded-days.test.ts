import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { identify } from '../../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import type { TestLake } from '../../support/lake.ts';
import { multiply, readRecording, recordings, sameDecimal, type RecordedBar } from '../../support/market.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { readTopic, sendRaw } from '../../support/topic.ts';

interface QuoteRow {
  asset_id: string;
  asset_type: string;
  start_window: string;
  end_window: string;
  ref_date: string;
  open_price: string;
  high_price: string;
  low_price: string;
  price_crypto: string;
  volume: string;
  vwap: string | null;
  trade_count: number | null;
  source: string;
}

const second = 1000;
const bar = (pair: string, minute: string, close: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    bars: {
      [pair]: {
        c: Number(close),
        h: Number(close),
        l: Number(close),
        n: 1,
        o: Number(close),
        t: minute,
        v: 1,
        vw: Number(close),
        ...more,
      },
    },
  });

/** The last suite on this lake, because it removes the lake. */
describe('a lake fed with two recorded days', function () {
  this.timeout(240 * second);
  let lake: TestLake;
  const bars = recordings.flatMap(readRecording);
  const byMinute = new Map<string, RecordedBar>(bars.map((one) => [one.minute, one]));

  before(async () => {
    lake = await sharedLake();
  });

  it('is up, and a second "up" changes nothing', async () => {
    const before = await lake.status();
    const lines = (await lake.run('up', '--no-produce', '--json'))
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; changed?: string[] });
    assert.deepEqual(lines.at(-1)?.changed, []);
    const after = await lake.status();
    assert.equal(after.state, 'up');
    // All other tests query in their own process: here the command must return the same.
    const told = JSON.parse(await lake.run('status', '--json')) as typeof after;
    assert.deepEqual(Object.keys(told), Object.keys(after));
    // How a table grows depends on the moment that it is asked.
    const still = ({ state, problems, tables }: typeof after) => [
      ...[state, problems],
      tables.map((table) => ({ ...table, growth: undefined })),
    ];
    assert.deepEqual(still(told), still(after));
    assert.deepEqual(
      after.parts.map((part) => part.pid),
      before.parts.map((part) => part.pid),
    );
  });

  it('holds every recorded minute once, with equal prices and volume, in the table and in the index', async () => {
    for (const file of recordings) {
      const done = JSON.parse(
        (await lake.run('produce', 'quotes', '--source', `replay:${resolve(file)}`, '--count', '1440', '--json'))
          .split('\n')
          .at(-1) ?? '',
      ) as { acknowledged: number };
      assert.equal(done.acknowledged, 1440);
    }
    await lake.settle();
    const rows = await lake.query<QuoteRow>(
      "select * from crypto_db.crypto_quote where asset_id = 'BTC' order by start_window",
    );
    assert.equal(rows.length, bars.length);
    for (const row of rows) {
      const recorded = byMinute.get(new Date(row.start_window).toISOString());
      assert.ok(recorded, `no such minute was recorded: ${row.start_window}`);
      assert.deepEqual(
        [row.asset_id, row.asset_type, row.source, row.vwap, row.trade_count],
        ['BTC', 'USD', 'replay', null, null],
      );
      assert.equal(row.ref_date, recorded.minute.slice(0, 10));
      assert.equal(Date.parse(row.end_window) - Date.parse(row.start_window), 60_000);
      for (const [found, expected] of [
        [row.open_price, recorded.open],
        [row.high_price, recorded.high],
        [row.low_price, recorded.low],
        [row.price_crypto, recorded.close],
        [row.volume, recorded.volume],
      ] as const) {
        assert.ok(sameDecimal(found, expected), `${recorded.minute}: ${found} instead of ${expected}`);
      }
    }
    const documents = await lake.documents({ term: { asset_id: 'BTC' } });
    assert.equal(documents.size, bars.length);
    for (const [minute, recorded] of byMinute) {
      const document = documents.get(`BTC-USD-${minute.replace('.000Z', 'Z')}`);
      assert.ok(document, `no document of ${minute}`);
      const found = [
        document['open_price'],
        document['high_price'],
        document['low_price'],
        document['price_crypto'],
        document['volume'],
      ];
      const expected = [recorded.open, recorded.high, recorded.low, recorded.close, recorded.volume].map(Number);
      assert.deepEqual(found.map(Number), expected);
    }
  });

  it('values trades with the price of their minute, at its boundaries and across midnight', async () => {
    const instants = [
      '2023-03-10T12:00:00.000Z',
      '2023-03-10T12:00:59.999Z',
      '2023-03-10T12:01:00.000Z',
      '2023-03-10T23:59:59.999Z',
      '2023-03-11T00:00:00.000Z',
      '2023-03-11T00:00:59.999Z',
      // This minute has no bar: the trade must not disappear.
      '2023-03-12T00:00:00.000Z',
    ];
    const trades = instants.map((instant, at) => ({
      // Other suites on this lake use ids of 8000.
      transaction_id: `00000000-0000-7000-8001-00000000000${String(at)}`,
      document_id: '12345678901',
      asset_id: 'BTC',
      asset_type: 'USD',
      transaction_timestamp: instant,
      trade_type: at % 2 === 0 ? 'BUY' : 'SELL',
      quantity: 0.123456789,
      ref_date: instant.slice(0, 10),
    }));
    const records = trades.map((trade) => ({
      key: trade.document_id,
      value: JSON.stringify(trade),
      headers: { source: 'user' },
    }));
    // Sent twice, as by a producer that lost its connection.
    await sendRaw(lake.broker, 'coinbase-trades', records);
    await sendRaw(lake.broker, 'coinbase-trades', records);
    await lake.settle();
    const rows = await lake.query<{
      transaction_timestamp: string;
      price_crypto: string | null;
      total_price_transaction: string | null;
    }>("select * from crypto_db.crypto_trader_view where document_id = '12345678901' order by transaction_timestamp");
    assert.equal(rows.length, instants.length);
    rows.forEach((row, at) => {
      const instant = instants[at] ?? '';
      assert.equal(new Date(row.transaction_timestamp).toISOString(), instant);
      const recorded = byMinute.get(`${instant.slice(0, 16)}:00.000Z`);
      if (recorded === undefined) {
        assert.equal(row.price_crypto, null);
        assert.equal(row.total_price_transaction, null);
        return;
      }
      assert.ok(sameDecimal(row.price_crypto ?? '', recorded.close), `${instant}: ${String(row.price_crypto)}`);
      assert.ok(sameDecimal(row.total_price_transaction ?? '', multiply('0.123456789', recorded.close)), instant);
    });
  });

  it('takes a revision, also downwards, and lets an equal repeat change nothing', async () => {
    const minute = '2023-03-12T10:00:00Z';
    const send = (close: string) =>
      sendRaw(lake.broker, 'coinbase-currencies', [
        { key: 'BTC/USD', value: bar('BTC/USD', minute, close), headers: { source: 'alpaca' } },
      ]);
    const quote = `select price_crypto from crypto_db.crypto_quote where start_window = timestamptz '${minute}'`;
    const snapshots = async () =>
      (await lake.status()).tables.find((table) => table.name === 'crypto_db.crypto_quote')?.snapshots;
    await send('20500.5');
    await lake.settle();
    await send('19000.25');
    await lake.settle();
    assert.deepEqual(await lake.query(quote), [{ price_crypto: '19000.250000000000' }]);
    const before = await snapshots();
    await send('19000.25');
    await lake.settle();
    assert.equal(await snapshots(), before);
    const document = (await lake.documents()).get('BTC-USD-2023-03-12T10:00:00Z');
    assert.equal(document?.['price_crypto'], 19000.25);
  });

  it('reads several coins from one record', async () => {
    const both = {
      bars: {
        ...(JSON.parse(bar('BTC/USD', '2023-03-12T11:00:00Z', '1')) as { bars: object }).bars,
        ...(JSON.parse(bar('LTC/USD', '2023-03-12T11:00:00Z', '2')) as { bars: object }).bars,
      },
    };
    await sendRaw(lake.broker, 'coinbase-currencies', [{ key: 'BTC/USD', value: JSON.stringify(both) }]);
    await lake.settle();
    const rows = await lake.query(
      "select asset_id, source from crypto_db.crypto_quote where start_window = timestamptz '2023-03-12T11:00:00Z' order by 1",
    );
    assert.deepEqual(rows, [
      { asset_id: 'BTC', source: 'unknown' },
      { asset_id: 'LTC', source: 'unknown' },
    ]);
  });

  it('keeps malformed records with payload, reason and place, and goes on', async () => {
    const bad = [
      'not json',
      '{"bars":{}}',
      bar('BTC/USD', '2023-03-12T12:00:00Z', '-1'),
      bar('BTC/USD', 'yesterday', '1'),
    ];
    await sendRaw(
      lake.broker,
      'coinbase-currencies',
      bad.map((value) => ({ key: 'BTC/USD', value, headers: { source: 'alpaca' } })),
    );
    await sendRaw(lake.broker, 'coinbase-trades', [{ key: 'x', value: '{"trade_type":"KEEP"}' }]);
    await sendRaw(lake.broker, 'coinbase-currencies', [
      { key: 'BTC/USD', value: bar('BTC/USD', '2023-03-12T12:00:00Z', '7') },
    ]);
    await lake.settle();
    const rows = await lake.query<{
      topic: string;
      payload: string;
      reason: string;
      offset: number;
      partition: number;
    }>(
      'select topic, decode(payload) as payload, reason, "offset", "partition" from crypto_db.bad_record order by topic, "offset"',
    );
    assert.deepEqual(
      rows.map((row) => [row.topic, row.payload]),
      [...bad.map((payload) => ['coinbase-currencies', payload]), ['coinbase-trades', '{"trade_type":"KEEP"}']],
    );
    assert.ok(rows.every((row) => row.reason.length > 5));
    const kept = await readTopic(lake.broker, 'coinbase-bad-records');
    assert.deepEqual(
      kept.map((record) => record.value?.toString('utf8')).sort(),
      [...bad, '{"trade_type":"KEEP"}'].sort(),
    );
    const good = await lake.query(
      "select price_crypto::integer as price from crypto_db.crypto_quote where start_window = timestamptz '2023-03-12T12:00:00Z'",
    );
    assert.deepEqual(good, [{ price: 7 }]);
    assert.equal((await lake.status()).jobs.find((job) => job.id === 'quotes-iceberg')?.badRecords, bad.length);
  });

  it("sends a user's own trade through the same topic", async () => {
    const made = JSON.parse(await lake.run('trade', 'buy', 'BTC', '0.25', '--user', 'me', '--json')) as {
      transaction_id: string;
    };
    await lake.settle();
    const rows = await lake.query(
      `select trade_type, quantity, source from crypto_db.crypto_trader where transaction_id = '${made.transaction_id}'`,
    );
    assert.deepEqual(rows, [{ trade_type: 'BUY', quantity: '0.250000000000', source: 'user' }]);
  });

  it('has the icons of its coins, and loads them again without a change', async () => {
    const again = JSON.parse(await lake.run('assets', 'refresh', '--json')) as {
      rows: number;
      inserted: number;
      updated: number;
    };
    assert.ok(again.rows >= 2);
    assert.deepEqual([again.inserted, again.updated], [0, 0]);
    const rows = await lake.query<{ n: number }>(
      "select count(*) as n from crypto_db.crypto_trader_view where asset_id = 'BTC' and icon_url is null",
    );
    assert.equal(Number(rows[0]?.n), 0);
  });

  it('shows the tables as of an earlier time', async () => {
    const now = await lake.query<{ n: number }>('select count(*) as n from crypto_db.crypto_quote');
    const instant = new Date().toISOString();
    await sendRaw(lake.broker, 'coinbase-currencies', [
      { key: 'BTC/USD', value: bar('BTC/USD', '2023-03-12T13:00:00Z', '1') },
    ]);
    await lake.settle();
    const later = await lake.query<{ n: number }>('select count(*) as n from crypto_db.crypto_quote');
    assert.equal(Number(later[0]?.n), Number(now[0]?.n) + 1);
    assert.deepEqual(await lake.query('select count(*) as n from crypto_db.crypto_quote', '--as-of', instant), now);
  });

  it('gives the same answers after its tables were optimised, with fewer files', async () => {
    const sum = 'select count(*) as n, sum(price_crypto) as p, sum(revision) as r from crypto_db.crypto_quote';
    const before = await lake.query(sum);
    const foreseen = await lake.run('optimize-iceberg', '--dry-run', '--retain', '0s', '--json');
    assert.match(foreseen, /"would-optimize","table":"crypto_db\.crypto_quote"/);
    const done = (await lake.run('optimize-iceberg', '--retain', '0s', '--json')).split('\n').map(
      (line) =>
        JSON.parse(line) as {
          table?: string;
          before: { files: number; snapshots: number };
          after: { files: number; snapshots: number };
        },
    );
    const quotes = done.find((one) => one.table === 'crypto_db.crypto_quote');
    assert.ok(quotes);
    assert.ok(quotes.after.files <= quotes.before.files);
    assert.deepEqual(await lake.query(sum), before);
    await sendRaw(lake.broker, 'coinbase-currencies', [
      { key: 'BTC/USD', value: bar('BTC/USD', '2023-03-12T13:00:00Z', '2') },
    ]);
    await lake.settle();
    const rows = await lake.query(
      "select price_crypto::integer as price from crypto_db.crypto_quote where start_window = timestamptz '2023-03-12T13:00:00Z'",
    );
    assert.deepEqual(rows, [{ price: 2 }]);
  });

  it('removes the leftovers of a killed maintenance at once', async () => {
    const sum = 'select count(*) as n, sum(price_crypto) as p, sum(revision) as r from crypto_db.crypto_quote';
    const before = await lake.query(sum);
    const killed = execa(join(process.cwd(), 'cryptodm'), ['optimize-iceberg', '--json', '--verbose'], {
      cwd: lake.folder,
      env: lake.env,
      reject: false,
      stdin: 'ignore',
    });
    const records = join(lake.data, 'warehouse/upkeep-runs');
    const began = await awaitAnswer(() => (existsSync(records) ? true : undefined), { withinMs: 60_000, everyMs: 5 });
    assert.ok(began, 'the maintenance wrote nothing');
    const lock = join(lake.data, 'run/upkeep.lock');
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
    const busy = await lake.try(['optimize-iceberg']);
    killed.kill('SIGKILL');
    await killed;
    // The second run names the first one, or the first one had already ended.
    if (busy.code !== 0) {
      assert.equal(busy.code, 8);
      assert.match(busy.stderr, new RegExp(`pid ${String(pid)}`));
    }
    // Its caller is gone, so it ends, too.
    const ended = await awaitAnswer(() => (identify(pid) === undefined ? true : undefined), { withinMs: 30_000 });
    assert.ok(ended, 'it goes on without its command');
    await lake.run('optimize-iceberg');
    assert.equal(existsSync(records), false);
    assert.deepEqual(await lake.query(sum), before);
    const { schedules, upkeep } = await lake.status();
    assert.equal(upkeep?.outcome, 'done');
    assert.deepEqual(schedules.map(({ id }) => id).sort(), ['assets', 'optimize']);
    assert.ok(schedules.every(({ next }) => Date.parse(next) > Date.now()));
  });

  it('has valid tables, which "doctor" checks completely and a repair leaves as they are', async () => {
    const findings = (await lake.try(['doctor', '--json'])).stdout
      .split('\n')
      .map((line) => JSON.parse(line) as { what?: string; state: string });
    const tables = findings.filter(({ what }) => what?.startsWith('table '));
    assert.ok(tables.some(({ what }) => what === 'table crypto_db.crypto_quote'));
    assert.deepEqual(
      tables.filter(({ state }) => state === 'fault'),
      [],
    );
    const repaired = await lake.run('tables', 'repair');
    assert.match(repaired, /crypto_db\.crypto_quote +(sound|\d+ delete files)/);
    assert.match(repaired, /crypto_db\.market_trade +sound/, 'a table without any commit');
  });

  it('creates no table twice', async () => {
    const lines = (await lake.run('tables', 'create', '--json'))
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string });
    assert.deepEqual(new Set(lines.map((line) => line.action)), new Set(['unchanged']));
  });

  it('takes records from the consumer, not from rows of Spark', () => {
    const log = readFileSync(join(lake.data, 'logs', 'spark.log'), 'utf8');
    assert.ok(log.includes('The Spark session is open'), log.slice(0, 500));
    assert.ok(!log.includes('Records are read as rows'));
  });

  it('stays correct when its topics are created again with kept data', async () => {
    const before = await lake.query('select count(*) as n from crypto_db.crypto_quote');
    await lake.run('down', '--keep-data', '--yes');
    await lake.run('up', '--no-produce');
    assert.deepEqual(await lake.query('select count(*) as n from crypto_db.crypto_quote'), before);
    // The new topic shows no price of a recording, but the tables have some.
    const mixed = await lake.try(['produce', 'quotes', '--source', 'simulate', '--coins', 'BTC/USD', '--count', '1']);
    assert.equal(mixed.code, 2, mixed.stderr);
    assert.match(mixed.stderr, /BTC\/USD has recorded prices in this lake, the last of 2023-/);
    // Offset 0 of the new topic must win over the much higher offset of the old one.
    await sendRaw(lake.broker, 'coinbase-currencies', [
      { key: 'BTC/USD', value: bar('BTC/USD', '2023-03-12T10:00:00Z', '18000.125') },
    ]);
    await lake.settle();
    const rows = await lake.query(
      "select price_crypto from crypto_db.crypto_quote where start_window = timestamptz '2023-03-12T10:00:00Z'",
    );
    assert.deepEqual(rows, [{ price_crypto: '18000.125000000000' }]);
    assert.equal((await lake.documents()).get('BTC-USD-2023-03-12T10:00:00Z')?.['price_crypto'], 18000.125);
  });

  it('leaves nothing behind', async () => {
    const pids = (await lake.status()).parts.map((part) => part.pid ?? 0);
    const proof = JSON.parse((await lake.run('down', '--yes', '--json')).split('\n').at(-1) ?? '') as {
      processes: string[];
      ports: string[];
      files: string[];
    };
    assert.deepEqual([proof.processes, proof.ports, proof.files], [[], [], []]);
    assert.equal(existsSync(lake.data), false);
    assert.deepEqual(
      pids.map(identify),
      pids.map(() => undefined),
    );
    assert.equal((await lake.try(['down', '--yes'])).code, 0);
  });
});
