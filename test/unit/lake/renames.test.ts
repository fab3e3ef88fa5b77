import assert from 'node:assert/strict';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { declareLake } from '../../../src/lake/declaration.ts';
import { findGaps, readFacts, renderFactsQuery } from '../../../src/lake/gaps.ts';
import { allPairs, newestPair } from '../../../src/lake/renames.ts';

const renamed = { MATIC: 'POL', A: 'B', B: 'C' };
const start = Date.parse('2025-07-08T12:00:00Z');
const minute = 60_000;
const time = (at: number) => `timestamptz '${new Date(start + at * minute).toISOString()}'`;

describe('the names of a coin', () => {
  it('lead to the newest one and back, with the quote currency as it is', () => {
    assert.equal(newestPair(renamed, 'A/MATIC'), 'C/MATIC');
    assert.equal(newestPair(renamed, 'BTC/USD'), 'BTC/USD');
    assert.deepEqual(allPairs(renamed, 'B/USD'), ['C/USD', 'B/USD', 'A/USD']);
    assert.deepEqual(allPairs(renamed, 'BTC/USD'), ['BTC/USD']);
  });
});

describe('queries of a coin that was renamed', () => {
  let instance: DuckDBInstance;
  let db: DuckDBConnection;
  const rows = async (sql: string) => (await db.runAndReadAll(sql)).getRowsJson();
  const lake = declareLake(['POL/USD'], '', { renamed });

  before(async () => {
    instance = await DuckDBInstance.create(':memory:');
    db = await instance.connect();
    await db.run("set TimeZone = 'UTC'");
    await db.run('create schema crypto_db');
    await db.run(
      'create table crypto_db.quote_coverage (asset_id varchar, asset_type varchar, start_window timestamptz, end_window timestamptz, state varchar)',
    );
    await db.run(
      'create table crypto_db.crypto_quote (asset_id varchar, asset_type varchar, start_window timestamptz, price_crypto decimal(24, 12), trade_count bigint, volume decimal(38, 12), source varchar, complete boolean)',
    );
    await db.run(
      'create table crypto_db.crypto_trader (transaction_id varchar, asset_id varchar, asset_type varchar, transaction_timestamp timestamptz, quantity decimal(24, 12))',
    );
    await db.run('create table crypto_db.crypto_assets (asset_id varchar, url varchar)');
    const bars: [string, number, number, number][] = [
      ...[0, 1, 2, 5, 6].map((at): [string, number, number, number] => ['MATIC', at, 0.4, 3]),
      ...[6, 7, 9, 11].map((at): [string, number, number, number] => ['POL', at, 0.5, at === 11 ? 0 : 3]),
      // The exchange goes on with the old name for a while.
      ['MATIC', 7, 0.3, 0],
      ['MATIC', 11, 0.3, 3],
      ['BTC', 0, 100, 3],
    ];
    for (const [coin, at, price, trades] of bars) {
      await db.run(
        `insert into crypto_db.crypto_quote values ('${coin}', 'USD', ${time(at)}, ${String(price)}, ${String(trades)}, 1, 'simulate', null)`,
      );
    }
    const watched: [string, number, number, string][] = [
      ['MATIC', 0, 4, 'observed'],
      // Asked for the new name, the history knows nothing of the time before.
      ['POL', 0, 6, 'history'],
      ['POL', 6, 10, 'observed'],
      ['POL', 10, 11, 'source-down'],
    ];
    for (const [coin, from, to, state] of watched) {
      await db.run(
        `insert into crypto_db.quote_coverage values ('${coin}', 'USD', ${time(from)}, ${time(to)}, '${state}')`,
      );
    }
    const trades: [string, string, number][] = [
      ['old', 'MATIC', 1],
      ['both', 'MATIC', 6],
      ['late', 'MATIC', 9],
      ['new', 'POL', 9],
      ['early', 'POL', 2],
      ['other', 'BTC', 0],
    ];
    for (const [id, coin, at] of trades)
      await db.run(`insert into crypto_db.crypto_trader values ('${id}', '${coin}', 'USD', ${time(at + 0.5)}, 2)`);
  });

  after(() => {
    db.closeSync();
    instance.closeSync();
  });

  const listed = async (of: typeof lake) => {
    const span = { from: start - minute, to: start + 13 * minute };
    return readFacts(await rows(renderFactsQuery(of, span))).flatMap((facts) =>
      findGaps(facts, span)
        .filter(() => facts.coin !== 'BTC/USD')
        .map(
          ({ coin, from, to, reason }) =>
            `${coin} ${String((from - start) / minute)}-${String((to - start) / minute)} ${reason}`,
        ),
    );
  };

  it('list the gaps of one history: the old name ends where the new one begins', async () => {
    assert.deepEqual(await listed(lake), [
      'POL/USD -1-0 unknown',
      'POL/USD 3-4 no trade',
      'POL/USD 4-5 producer down',
      'POL/USD 8-9 no trade',
      'POL/USD 10-11 source down',
      'POL/USD 11-12 quoted',
      'POL/USD 12-13 producer down',
    ]);
  });

  it('list each name by itself where the coin is not renamed', async () => {
    const found = await listed(declareLake(['POL/USD']));
    assert.deepEqual(
      found.filter((gap) => gap.startsWith('MATIC')),
      [
        'MATIC/USD -1-0 unknown',
        'MATIC/USD 3-4 no trade',
        'MATIC/USD 4-5 producer down',
        'MATIC/USD 7-8 quoted',
        'MATIC/USD 8-11 producer down',
        'MATIC/USD 12-13 producer down',
      ],
    );
  });

  it('value each trade once by the price of its minute under any name, the newest first, and keep the names of rows', async () => {
    const select = lake.views.find(({ name }) => name === 'crypto_db.crypto_trader_view')?.select ?? '';
    assert.deepEqual(
      await rows(
        `select transaction_id, asset_id, round(price_crypto, 1)::double, price_state from (${select}) order by 1`,
      ),
      [
        ['both', 'MATIC', 0.5, 'exact'],
        ['early', 'POL', 0.4, 'exact'],
        ['late', 'MATIC', 0.5, 'exact'],
        ['new', 'POL', 0.5, 'exact'],
        ['old', 'MATIC', 0.4, 'exact'],
        ['other', 'BTC', 100, 'exact'],
      ],
    );
  });
});
