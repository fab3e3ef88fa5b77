import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { newestStart, readMinutes, renderMinutesQuery } from '../../../../src/local/dashboard/minutes.ts';
import type { Bar } from '../../../../src/local/dashboard/api.ts';

const newest = Date.parse('2025-07-08T12:30:00Z');

/** The minutes of a silver that has these rows. */
async function minutesOf(rows: readonly string[]) {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    await connection.run(`set timezone = 'UTC'; create schema crypto_silver;
      create table crypto_silver.quote_minute (asset_id varchar, asset_type varchar, start_window timestamptz,
        price_crypto decimal(24, 12), state varchar, complete boolean)`);
    for (const row of rows) await connection.run(`insert into crypto_silver.quote_minute values (${row})`);
    const found = await connection.runAndReadAll(renderMinutesQuery(newest));
    const read = found.getRowObjectsJson().map((row) => ({ ...row, last: String(row['last']).slice(11, 16) }));
    return readMinutes(read as Parameters<typeof readMinutes>[0]);
  } finally {
    instance.closeSync();
  }
}

const minute = (coin: string, time: string, price: number | null, state: string, complete: boolean | null = null) =>
  `'${coin}', 'USD', '2025-07-08 ${time}:00+00', ${String(price)}, '${state}', ${String(complete)}`;

describe('the newest hour of each coin', () => {
  it('ends with the newest minute of the coin, and says in which state that is', async () => {
    const [btc, eth, pol] = await minutesOf([
      minute('BTC', '11:30', 1, 'traded'),
      minute('BTC', '12:29', 90, 'carried'),
      minute('BTC', '12:30', 91, 'traded'),
      minute('ETH', '08:00', 3, 'quoted'),
      minute('ETH', '08:01', null, 'missing'),
      minute('POL', '12:29', 0.25, 'traded', true),
      minute('POL', '12:30', 0.5, 'quoted', false),
    ]);
    assert.deepEqual([btc?.coin, btc?.last, btc?.state, btc?.closes.length], ['BTC/USD', '12:30', 'traded', 60]);
    assert.deepEqual(btc?.closes.slice(-3), [null, 90, 91], 'a minute of an hour ago is not among them');
    assert.deepEqual([eth?.last, eth?.state, eth?.closes.slice(-2)], ['08:01', 'missing', [3, null]]);
    assert.deepEqual([pol?.state, pol?.closes.slice(-2)], ['provisional', [0.25, 0.5]]);
  });

  it('is asked for with one text within an hour, from the newest bar on, else from now', () => {
    const bar = (start: string) => ({ start }) as Bar;
    assert.equal(newestStart([bar('2025-07-08T12:30:00Z'), bar('2025-07-08T12:29:00Z')]), newest);
    assert.equal(renderMinutesQuery(newest), renderMinutesQuery(newest + 29 * 60_000));
    assert.notEqual(renderMinutesQuery(newest), renderMinutesQuery(newest + 30 * 60_000));
    assert.ok(Math.abs(newestStart([]) - Date.now()) < 10_000);
  });
});
