import assert from 'node:assert/strict';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { declareLake } from '../../../src/lake/declaration.ts';
import { catalogViews } from '../../../src/lake/views.ts';

const lake = declareLake(['BTC/USD']);
const unit = 10n ** 12n;
const largest = 10n ** 24n - 1n;

/** An amount of so many units of the twelfth place. */
const written = (units: bigint) => `${String(units / unit)}.${String(units % unit).padStart(12, '0')}`;

/** Digits that come again in each run. */
function* amounts(count: number): Generator<bigint> {
  let state = 20_250_708n;
  for (let made = 0; made < count; made += 1) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    yield (state * 1_000_003n + 1n) % 10n ** BigInt(1 + (made % 24)) || 1n;
  }
}

describe('the view of the trades', () => {
  let instance: DuckDBInstance;
  let db: DuckDBConnection;
  const rows = async (sql: string) => (await db.runAndReadAll(sql)).getRowsJson();
  const select = lake.views.find(({ name }) => name === 'crypto_db.crypto_trader_view')?.select ?? '';
  const [view] = catalogViews(lake);
  const pairs: [bigint, bigint][] = [
    [largest, largest],
    [largest, 1n],
    [1n, largest],
    [1n, 1n],
    // Half of the last place, and the least below.
    [unit / 2n, 1n],
    [unit / 2n - 1n, 1n],
    [unit + unit / 2n, 3n],
    // Rounding to 13 places and then to 12 would give one unit more.
    [1n, (unit * 45n) / 100n],
    [unit + 1n, unit + (unit * 45n) / 100n],
    // 10^14 and a little less, where 38 digits with 24 places end.
    [10n ** 7n * unit, 10n ** 7n * unit],
    [10n ** 7n * unit - 1n, 10n ** 7n * unit],
    ...Array.from(amounts(400)).reduce<[bigint, bigint][]>((all, amount, at, every) => {
      return at % 2 === 0 ? [...all, [amount, every[at + 1] ?? 1n]] : all;
    }, []),
  ];

  before(async () => {
    instance = await DuckDBInstance.create(':memory:');
    db = await instance.connect();
    await db.run("set TimeZone = 'UTC'");
    await db.run('create schema crypto_db');
    for (const { name, columns } of lake.tables.filter((table) => /^crypto_db\.crypto_/.test(table.name))) {
      const types = { string: 'varchar', long: 'bigint' } as Record<string, string>;
      const all = columns.map((column) => `"${column.name}" ${types[column.type] ?? column.type}`);
      await db.run(`create table ${name} (${all.join(', ')})`);
    }
    const time = "timestamptz '2025-07-08T12:00:00Z'";
    for (const [at, [quantity, price]] of pairs.entries()) {
      const key = `'C${String(at)}' as asset_id, 'USD' as asset_type`;
      await db.run(
        `insert into crypto_db.crypto_quote by name
         select ${key}, ${time} as start_window, ${written(price)}::decimal(24, 12) as price_crypto, 1 as trade_count`,
      );
      await db.run(
        `insert into crypto_db.crypto_trader by name select lpad('${String(at)}', 4, '0') as transaction_id, ${key},
         ${time} + interval 7 seconds as transaction_timestamp, ${written(quantity)}::decimal(24, 12) as quantity`,
      );
    }
  });

  after(() => {
    db.closeSync();
    instance.closeSync();
  });

  it('has the exact product of quantity and price, rounded half up, of the smallest and of the largest', async () => {
    const found = await rows(`select total_price_transaction::varchar from (${select}) order by transaction_id`);
    assert.deepEqual(
      found.flat(),
      pairs.map(([quantity, price]) => written((quantity * price + unit / 2n) / unit)),
    );
  });

  it('has the columns and types that catalogs are told, and is the same in their SQL', async () => {
    const types = { VARCHAR: 'string', BIGINT: 'long', 'TIMESTAMP WITH TIME ZONE': 'timestamptz', DATE: 'date' };
    const described = await rows(`describe ${select}`);
    const found = described.map(([name, type]) => [
      name,
      (types as Record<string, string>)[String(type)] ?? String(type).toLowerCase().replace(',', ', '),
    ]);
    assert.deepEqual(
      found,
      view?.columns.map(({ name, type }) => [name, type]),
    );
    await db.run("attach ':memory:' as lake");
    await db.run('create schema lake.crypto_db');
    for (const name of ['crypto_quote', 'crypto_trader', 'crypto_assets'])
      await db.run(`create view lake.crypto_db.${name} as from memory.crypto_db.${name}`);
    const expected = await rows(`from (${select}) order by transaction_id`);
    for (const text of [view?.select(), view?.select('lake')])
      assert.deepEqual(await rows(`from (${text ?? ''}) order by transaction_id`), expected);
  });
});
