import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { declareLake } from '../../../src/lake/declaration.ts';
import { findGaps, readFacts, renderFactsQuery } from '../../../src/lake/gaps.ts';

const start = Date.parse('2025-07-08T11:47:00Z');
const minute = 60_000;
const minutes = 300;

describe('the statement about gaps', () => {
  it('finds the minutes that were left out and those of quotes only, with rows that are there twice', async () => {
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
         select coin as asset_id, 'USD' as asset_type, timestamptz '2025-07-08 11:47:00+00' + to_minutes(cast(n as int)) as start_window,
                case when n % 3 = 0 then n % 2 end as trade_count, n % 5 as volume
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
        const expected = [];
        for (let at = span.from; at < span.to; at += minute) {
          const n = (at - start) / minute;
          const quoted = n % 3 === 0 ? n % 2 === 0 : n % 5 === 0;
          if (!has.has(at)) expected.push(`${String(n)} unknown`);
          else if (quoted) expected.push(`${String(n)} quoted`);
        }
        const listed = findGaps(facts, span).flatMap(({ from, to, reason }) =>
          Array.from({ length: (to - from) / minute }, (_, n) => `${String((from - start) / minute + n)} ${reason}`),
        );
        assert.deepEqual(listed, expected, facts.coin);
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
