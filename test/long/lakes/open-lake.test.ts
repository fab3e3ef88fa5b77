import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Snippet } from '../../../src/lake/snippet.ts';
import { layOut } from '../../../src/local/layout.ts';
import { engines, pythonPath } from '../../support/engines/python.ts';
import { runBesideSpark } from '../../support/foreign-append.ts';
import { startTrino, trinoUnavailable, type Trino } from '../../support/engines/trino.ts';
import { TestLake } from '../../support/lake.ts';
import { skipWithout } from '../../support/skipping.ts';
import { sendRaw } from '../../support/topic.ts';

/** Bars of a coin that was renamed, whose values need all digits, and trades in their minutes: second, quantity. */
const exact = [
  { close: '0.45', trades: { 0: '0.000000000001', 59: '123456789.123456789012' } },
  { close: '999999999999.999999999999', trades: { 1: '999999999999.999999999999', 2: '0.000000000001' } },
  { close: '1.450000000001', more: '"n":0', trades: { 3: '1.000000000001' } },
  { close: '10000000', more: '"complete":false', trades: { 4: '10000000', 5: '9999999.999999999999' } },
  { name: 'FORMER', close: '2.5', trades: { 6: '1.5' } },
  { trades: { 7: '1.5' } },
];

describe('a lake in large tools of others', function () {
  this.timeout(900_000);
  let lake: TestLake;
  const snippet = async (tool: string) => (JSON.parse(await lake.runHere('open', tool, '--json')) as Snippet).text;
  const bars = async () => {
    const rows = await lake.query<{ asset_id: string; bars: number }>(
      'select asset_id, count(*)::int as bars from crypto_db.crypto_quote group by 1 order by 1',
    );
    return rows.map((row) => [row.asset_id, row.bars]);
  };

  before(async () => {
    lake = await TestLake.prepare({ CRYPTODM_RENAMED: 'FORMER=EXACT' });
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,ETH/USD', '--rate', '50');
    await lake.run('trade', 'buy', 'BTC', '0.25');
    await lake.run('produce', '--stop');
    await sendExact();
    await lake.settle();
  });

  const sendExact = async () => {
    const headers = { source: 'replay' };
    const at = (minute: number, second: number) =>
      new Date(Date.UTC(2024, 1, 1, 23, 57 + minute, second)).toISOString();
    const bars = exact.flatMap(({ name: coin = 'EXACT', close, more }, minute) => {
      if (close === undefined) return [];
      const fields = ['o', 'h', 'l', 'c'].map((name) => `"${name}":${close}`).join(',');
      const count = more === undefined ? '' : `${more},`;
      return [`{"bars":{"${coin}/USD":{${fields},"v":1,${count}"t":"${at(minute, 0).replace('.000Z', 'Z')}"}}}`];
    });
    const trades = exact.flatMap((bar, minute) =>
      Object.entries(bar.trades).map(([second, quantity], number) => {
        const id = `00000000-0000-7000-8000-0000000${String(minute)}000${String(number)}`;
        const time = at(minute, Number(second));
        return `{"transaction_id":"${id}","document_id":"exact","asset_id":"EXACT","asset_type":"USD","transaction_timestamp":"${time}","trade_type":"BUY","quantity":${quantity},"ref_date":"${time.slice(0, 10)}"}`;
      }),
    );
    const records = (values: string[]) => values.map((value) => ({ key: 'EXACT/USD', value, headers }));
    await sendRaw(lake.broker, 'coinbase-currencies', records(bars));
    await sendRaw(lake.broker, 'coinbase-trades', records(trades));
  };

  const columns =
    `transaction_id, asset_id, cast(ref_date as varchar(10)) as day, quantity, price_crypto, price_source, icon_url,
    total_price_transaction, price_state`.replace(/\s+/g, ' ');
  /** The rows of the view, each as a text. */
  const traded = async () => {
    const rows = await lake.query(`select ${columns} from crypto_db.crypto_trader_view order by 1`);
    const texts = rows.map((row) => Object.values(row).map(String).join(','));
    for (const state of ['exact', 'quoted', 'provisional', 'pending'])
      assert.ok(
        texts.some((text) => text.endsWith(`,${state}`)),
        `no trade is ${state}`,
      );
    assert.ok(texts.some((text) => text.includes('999999999999999999999998.000000000000')));
    return texts;
  };

  /** Runs a statement with the settings that the text for Spark has. */
  const inSpark = async (change: (settings: string) => string) => {
    const file = join(lake.folder, 'spark.py');
    writeFileSync(file, await snippet('spark'));
    const env = { PYTHONPATH: join(pythonPath, 'stand-in'), PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout: settings } = await execa(join(await engines('clients'), 'python'), [file], { env });
    const rows = await runBesideSpark(lake, 'test/support/engines/SparkSettings.java', [], change(settings));
    return rows.split('\n');
  };

  after(() => lake.remove());

  it('is read by Spark as the text for it says', async () => {
    const rows = await inSpark((settings) => settings);
    const read = rows.map((row) => row.split(',').slice(0, 2));
    assert.deepEqual(read.map(([coin, count]) => [coin, Number(count)]).sort(), await bars());
  });

  it('shows Spark its view with the rows of our own query, whatever the catalog is called there', async () => {
    const sql = `select ${columns} from other.crypto_db.crypto_trader_view order by 1`;
    const rows = await inSpark((settings) =>
      settings.replaceAll('spark.sql.catalog.lake', 'spark.sql.catalog.other').replace(/.*$/, sql),
    );
    assert.deepEqual(rows, await traded());
    const listed = await inSpark((settings) => settings.replace(/.*$/, 'show views in lake.crypto_db'));
    assert.deepEqual(listed, ['crypto_db,crypto_trader_view,false']);
  });

  describe('Trino', () => {
    let trino: Trino | undefined;
    const ask = async (sql: string) => {
      const rows = (await trino?.query(sql)) ?? [];
      return rows.map((row) => row.map(String).join(','));
    };

    before(async function () {
      skipWithout(this, trinoUnavailable());
      const properties = await snippet('trino');
      const env = { LAKE_TOKEN: readFileSync(layOut(lake.data).credential, 'utf8') };
      trino = await startTrino({ name: 'lake', properties, env });
    });

    after(() => trino?.stop());

    it('reads the tables of the lake, with the properties that "open" prints, and changes none', async () => {
      const counted = 'select asset_id, count(*), sum(price_crypto) from';
      const rows = await lake.query<{ asset_id: string; count: number; sum: string }>(
        `select asset_id, count(*)::int as count, sum(price_crypto)::varchar as sum from crypto_db.crypto_quote group by 1 order by 1`,
      );
      assert.deepEqual(
        await ask(`${counted} lake.crypto_db.crypto_quote group by 1 order by 1`),
        rows.map(({ asset_id, count, sum }) => `${asset_id},${String(count)},${sum}`),
      );
      await assert.rejects(
        ask('delete from lake.crypto_db.crypto_quote'),
        /Server does not support endpoint: POST|this catalog is for reading/,
      );
    });

    it('reads the view of the lake, with the rows of our own query', async () => {
      assert.ok((await ask('show tables from lake.crypto_db')).includes('crypto_trader_view'));
      assert.deepEqual(
        await ask(`select ${columns} from lake.crypto_db.crypto_trader_view order by 1`),
        await traded(),
      );
    });
  });

  it('is the source of the dbt project of the examples, with the profile that "open" prints', async () => {
    const tools = await engines('dbt');
    const project = join(lake.folder, 'dbt');
    cpSync('examples/dbt', project, { recursive: true });
    writeFileSync(join(project, 'profiles.yml'), await snippet('dbt'));
    const home = join(lake.folder, 'home');
    mkdirSync(home);
    const env = {
      HOME: home,
      PYTHONPATH: pythonPath,
      PYTHONDONTWRITEBYTECODE: '1',
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      LAKE_TOKEN: readFileSync(layOut(lake.data).credential, 'utf8'),
    };
    const python = (program: string) => execa(join(tools, 'python'), ['-c', program], { cwd: project, env });
    await python("import duckdb_extensions; duckdb_extensions.place('../home/.duckdb/extensions')");
    const built = await execa(join(tools, 'dbt'), ['build', '--no-use-colors'], { cwd: project, env, reject: false });
    assert.equal(built.exitCode, 0, built.stdout);
    const { stdout } = await python(
      `import duckdb, json
made = duckdb.connect("analytics.duckdb", read_only=True)
bars = made.sql("select asset_id, sum(bars)::int from daily_price group by 1 order by 1").fetchall()
print(json.dumps({"bars": bars, "traded": made.sql("select count(*) from daily_turnover").fetchone()[0]}))`,
    );
    const { bars: counted, traded } = JSON.parse(stdout) as { bars: [string, number][]; traded: number };
    assert.deepEqual(counted, await bars());
    assert.ok(traded > 0);
  });
});
