import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { declareLake } from '../../../src/lake/declaration.ts';
import { findGaps, readFacts, renderFactsQuery } from '../../../src/lake/gaps.ts';

const start = Date.parse('2025-07-08T11:47:00Z');
const minute = 60_000;
const minutes = 300;

describe('the statement about gaps', () => {
  it('finds the minutes without a bar that were left out, with rows that are there twice', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const db = await instance.connect();
    try {
      await db.run("set TimeZone = 'UTC'");
      await db.run('create schema crypto_db');
      await db.run(
        'create table crypto_db.quote_coverage (asset_id varchar, asset_type varchar, start_window timestamptz, end_window timestamptz, state varchar)',
      );
      await db.run(
        `create table crypto_db.crypto_quote as
         select coin as asset_id, 'USD' as asset_type, timestamptz '2025-07-08 11:47:00+00' + to_minutes(cast(n as int)) as start_window
         from range(${String(minutes)}) t(n), (values ('BTC', 3), ('ETH', 101), ('LTC', 1)) c(coin, every)
         where coin = 'LTC' or hash(n, coin) % every <> 0`,
      );
      await db.run(
        "insert into crypto_db.crypto_quote select * from crypto_db.crypto_quote where asset_id = 'BTC' and hash(start_window) % 7 = 0",
      );
      const rows = async (sql: string) => (await db.runAndReadAll(sql)).getRowsJson();
      const span = { from: start - 5 * minute, to: start + (minutes + 5) * minute };
      const found = readFacts(await rows(renderFactsQuery(declareLake(['BTC/USD'], ''), span)));
      for (const facts of found) {
        const has = new Set(
          (
            await rows(
              `select epoch_ms(start_window) from crypto_db.crypto_quote where asset_id = '${facts.coin.slice(0, 3)}'`,
            )
          ).map(([at]) => Number(at)),
        );
        const missing = [];
        for (let at = span.from; at < span.to; at += minute) if (!has.has(at)) missing.push(at);
        const gaps = findGaps(facts, span);
        const told = gaps.flatMap(({ from, to }) =>
          Array.from({ length: (to - from) / minute }, (_, n) => from + n * minute),
        );
        assert.deepEqual(told, missing, facts.coin);
      }
      assert.deepEqual(
        found.map(({ coin }) => coin),
        ['BTC/USD', 'ETH/USD', 'LTC/USD'],
      );
    } finally {
      db.closeSync();
      instance.closeSync();
    }
  });
});
