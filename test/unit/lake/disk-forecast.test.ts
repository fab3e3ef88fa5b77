import assert from 'node:assert/strict';
import {
  describeDays,
  describeSize,
  forecastDisk,
  fullSize,
  type GrowingTable,
} from '../../../src/lake/disk-forecast.ts';

/** A table that gets a GB a day. */
const table = (name: string, keptDays: number, bytes = 0, factor = 1): GrowingTable => ({
  ...{ name, bytes, keptDays },
  growth: { rowsPerSecond: (factor * 1e9) / 86_400 / 50, bytesPerRow: 50 },
});
const fullIn = (tables: readonly GrowingTable[], free: number) => {
  const day = forecastDisk(tables, free).fullIn;
  return day === undefined ? undefined : Math.round(day * 1000) / 1000;
};
const gb = (bytes: number | undefined) => (bytes === undefined ? undefined : Math.round(bytes / 1e8) / 10);

describe('the forecast of the disk', () => {
  it('counts the days that rows are kept, the day that is not over, and the week of their snapshots', () => {
    const market = table('crypto_db.market_trade', 30);
    assert.equal(gb(fullSize(market)), 38);
    const { days, more } = forecastDisk([market], 40e9);
    assert.deepEqual([days, gb(more), fullIn([market], 40e9)], [38, 38, undefined]);
    assert.equal(fullIn([market], 20e9), 20);
  });

  it('lets a table grow no further than it will get', () => {
    const old = table('crypto_db.market_trade', 30, 35e9);
    assert.equal(gb(forecastDisk([old], 1e12).more), 3);
    assert.equal(fullIn([old], 4e9), undefined);
    assert.equal(gb(forecastDisk([table('crypto_db.market_trade', 30, 99e9)], 1e12).more), 0);
  });

  it('adds tables that keep everything, as far as the trades are looked at', () => {
    const both = [table('crypto_db.market_trade', 2, 5e9), table('crypto_db.crypto_trader', 0, 7e9, 2)];
    // Five days until the first has its size, at 3 GB a day; five more at 2 GB.
    assert.deepEqual([forecastDisk(both).days, gb(forecastDisk(both).more)], [10, 25]);
    assert.equal(fullIn(both, 15e9), 5);
    assert.equal(fullIn(both, 21e9), 8);
    assert.equal(fullIn(both, 26e9), undefined);
  });

  it('looks as far where nothing is ever removed', () => {
    const forever = [table('crypto_db.market_trade', 0, 500e9)];
    assert.equal(forecastDisk(forever).days, 38);
    assert.equal(fullIn(forever, 10e9), 10);
    assert.equal(fullSize(forever[0] as GrowingTable), undefined);
  });

  it('is said in words', () => {
    assert.equal(
      describeSize(table('crypto_db.market_trade', 30)),
      'crypto_db.market_trade of 30 days will take about 38.0 GB at the present rate (231.5 rows/s of 50 bytes)',
    );
    assert.match(describeSize(table('crypto_db.market_trade', 0)), /keeps everything and grows by about 1\.0 GB a day/);
    assert.deepEqual([0.01, 0.5, 12.4].map(describeDays), ['1 hour', '12 hours', '12 days']);
  });
});
