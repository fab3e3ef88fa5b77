import assert from 'node:assert/strict';
import { drawEvents, placeOf, shares, type FaultEvent } from '../../faults/events.ts';
import { readBars, readCoverage, readTrade } from '../../faults/log.ts';

const counts = { trades: 20_000, bars: 10_000 };

function of(events: FaultEvent[], topic: FaultEvent['topic'], kind?: FaultEvent['kind']): FaultEvent[] {
  return events.filter((event) => event.topic === topic && (kind === undefined || event.kind === kind));
}

describe('events of a seed', () => {
  const events = drawEvents(7, counts);
  const bars = of(events, 'coinbase-currencies');
  const trades = of(events, 'coinbase-trades');

  it('are the same each time, and others for another seed', () => {
    assert.deepEqual(drawEvents(7, counts), events);
    assert.notDeepEqual(drawEvents(8, counts), events);
  });

  it('are as many as asked for, with the shares of each kind', () => {
    assert.equal(bars.length, counts.bars);
    assert.equal(trades.length, counts.trades);
    for (const [kind, share] of Object.entries(shares) as [keyof typeof shares, number][]) {
      const found = of(events, 'coinbase-currencies', kind).length / counts.bars;
      assert.ok(Math.abs(found - share) < 0.01, `${kind}: ${String(found)}`);
    }
    assert.equal(of(events, 'coinbase-trades', 'revision').length, 0);
  });

  it('send each key through one partition', () => {
    const partitions = new Map<string, number>();
    for (const { topic, key, partition } of events) {
      const known = partitions.get(`${topic} ${key}`) ?? partition;
      assert.equal(partition, known);
      partitions.set(`${topic} ${key}`, known);
    }
    assert.deepEqual([...new Set(partitions.values())].sort(), [0, 1]);
  });

  it('have well-formed bars whose prices fit together', () => {
    for (const event of bars.filter(({ kind }) => kind !== 'malformed' && kind !== 'coverage')) {
      const [bar, more] = readBars(event.value ?? '');
      assert.ok(bar !== undefined && more === undefined);
      const [low, high] = [Number(bar.low_price), Number(bar.high_price)];
      for (const price of [bar.open_price, bar.price_crypto, bar.vwap ?? ''].map(Number))
        assert.ok(low > 0 && low <= price && price <= high, event.value ?? '');
    }
  });

  it('revise up and down, and repeat what has been revised since', () => {
    const closes = new Map<string, string[]>();
    let [up, down, back] = [0, 0, 0];
    for (const event of bars.filter(({ kind }) => kind !== 'malformed' && kind !== 'coverage')) {
      const [bar] = readBars(event.value ?? '');
      assert.ok(bar);
      const key = `${bar.asset_id} ${bar.start_window}`;
      const before = closes.get(key) ?? [];
      const last = before.at(-1);
      if (event.kind === 'new') assert.equal(last, undefined);
      if (last !== undefined && Number(bar.price_crypto) > Number(last)) up += 1;
      if (last !== undefined && Number(bar.price_crypto) < Number(last)) down += 1;
      if (event.kind === 'repeat' && last !== bar.price_crypto) back += 1;
      closes.set(key, [...before, bar.price_crypto]);
    }
    assert.ok(up > 50 && down > 50 && back > 0, `${String(up)} up, ${String(down)} down, ${String(back)} back`);
  });

  it('tell of watched intervals that lie within a day', () => {
    const told = of(events, 'coinbase-currencies', 'coverage').map(({ value }) => readCoverage(value ?? ''));
    assert.ok(told.length > 50);
    for (const interval of told) {
      assert.ok(interval && interval.from < interval.to);
      const last = new Date(Date.parse(interval.to) - 60_000).toISOString();
      assert.equal(last.slice(0, 10), interval.from.slice(0, 10));
    }
  });

  it('lie on the days of the seed and on both sides of midnight', () => {
    const { from, to } = placeOf(7);
    const times = trades
      .filter(({ kind }) => kind === 'new')
      .map(({ value }) => readTrade(value ?? '').transaction_timestamp);
    assert.ok(times.every((time) => time >= from && time < to));
    assert.equal(new Set(times.map((time) => time.slice(0, 10))).size, 2);
    assert.ok(placeOf(8).from >= to);
  });

  it('have transactions of their own, but for repeats', () => {
    const ids = of(events, 'coinbase-trades', 'new').map(({ value }) => readTrade(value ?? '').transaction_id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('have malformed records that differ from all others', () => {
    const malformed = events.filter(({ kind, value }) => kind === 'malformed' && value !== null);
    assert.equal(new Set(malformed.map(({ value }) => value)).size, malformed.length);
    const right = new Set(events.filter(({ kind }) => kind !== 'malformed').map(({ value }) => value));
    assert.ok(malformed.every(({ value, reason }) => !right.has(value) && reason !== undefined));
  });
});
