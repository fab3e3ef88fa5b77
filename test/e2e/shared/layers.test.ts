import assert from 'node:assert/strict';
import type { TestLake } from '../../support/lake.ts';
import { expectLayers, selectLayer, tables, type ExpectedLayers } from '../../support/layers.ts';
import { readRecording, recordings, type RecordedBar } from '../../support/market.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { readTopic, sendRaw, type Sent } from '../../support/topic.ts';

const second = 1000;

/** Not Bitcoin: other suites on this lake use it. */
const pair = 'LTC/USD';

/** The recorded days without some periods: not watched, without trades, or late. */
const recorded = recordings.flatMap(readRecording);
const instant = (time: string) => `2023-03-${time}:00Z`;
const isWithin = (bar: RecordedBar, from: string, to: string) =>
  bar.minute >= instant(from) && bar.minute < instant(to);
const neverCame = (bar: RecordedBar) =>
  isWithin(bar, '10T03:10', '10T03:40') ||
  isWithin(bar, '10T08:00', '10T08:07') ||
  isWithin(bar, '10T23:50', '11T00:10');
const cameLate = (bar: RecordedBar) => isWithin(bar, '10T12:00', '10T13:00') || isWithin(bar, '11T23:00', '11T23:20');

function event(bar: RecordedBar, more: Record<string, unknown> = {}): Sent {
  const time = bar.minute.replace('.000Z', 'Z');
  // As text, because a number would lose digits.
  const fields = { o: bar.open, h: bar.high, l: bar.low, c: bar.close, v: bar.volume, ...more };
  const numbers = Object.entries(fields).map(([name, value]) => `"${name}":${String(value)}`);
  return {
    key: pair,
    value: `{"bars":{"${pair}":{${numbers.join(',')},"t":"${time}"}}}`,
    headers: { source: 'replay' },
  };
}

const coverage = (from: string, to: string, state: string): Sent => ({
  key: pair,
  value: JSON.stringify({ bars: {}, coverage: { pair, from: instant(from), to: instant(to), state } }),
  headers: { source: 'replay' },
});

let trades = 0;
const trade = (user: string, at: string, side: string, quantity: number, coin = 'LTC'): Sent => ({
  key: user,
  value: JSON.stringify({
    transaction_id: `00000000-0000-7000-8000-${String((trades += 1)).padStart(12, '0')}`,
    document_id: user,
    asset_id: coin,
    asset_type: 'USD',
    transaction_timestamp: `2023-03-${at}Z`,
    trade_type: side,
    quantity,
    ref_date: `2023-03-${at.slice(0, 2)}`,
  }),
  headers: { source: 'user' },
});

describe('silver and gold of two recorded days', function () {
  this.timeout(240 * second);
  let lake: TestLake;

  before(async () => {
    lake = await sharedLake();
  });

  /** All rows and values of all five tables. */
  async function assertLayers(): Promise<ExpectedLayers> {
    await lake.settleLayers();
    const expected = await expectLayers(
      await readTopic(lake.broker, 'coinbase-currencies'),
      await readTopic(lake.broker, 'coinbase-trades'),
    );
    for (const layer of Object.keys(tables) as (keyof typeof tables)[]) {
      assert.deepEqual(await lake.query(selectLayer(layer)), expected[layer], tables[layer].name);
    }
    return expected;
  }

  /** Without those of other suites on this lake. */
  const ofPair = (rows: Record<string, unknown>[]) => rows.filter((row) => row['asset_id'] === 'LTC');
  const quotes = (records: Sent[]) => sendRaw(lake.broker, 'coinbase-currencies', records);
  const orders = (records: Sent[]) => sendRaw(lake.broker, 'coinbase-trades', records);

  it('equal a computation from the raw events, with holes and trades that wait for a price', async () => {
    await orders([
      trade('ann', '10T11:59:59.999', 'BUY', 1.5),
      trade('ann', '10T12:30:00', 'SELL', 0.25),
      trade('bob', '10T03:20:10', 'BUY', 2),
      trade('bob', '10T23:59:59.999', 'SELL', 3.123456789),
      trade('bob', '11T00:00:00', 'BUY', 0.5),
      trade('cal', '11T23:10:00', 'SELL', 1),
      trade('cal', '11T22:00:30', 'BUY', 4),
      trade('cal', '11T22:00:31', 'SELL', 7),
      trade('eve', '11T15:01:30', 'BUY', 2),
      trade('eve', '11T15:04:30', 'BUY', 2),
      trade('fay', '11T16:02:30', 'BUY', 2),
      trade('fay', '11T16:01:30', 'BUY', 2),
      trade('dan', '13T00:00:00', 'BUY', 1),
      trade('dan', '10T00:00:00', 'BUY', 1, 'XYZ'),
    ]);
    await quotes(recorded.filter((bar) => !neverCame(bar) && !cameLate(bar)).map((bar) => event(bar)));
    const { minutes, trades: valued } = await assertLayers();
    assert.equal(ofPair(minutes).length, 2880);
    assert.ok(minutes.some(({ state }) => state === 'missing'));
    assert.equal(valued.filter(({ price_state }) => price_state === 'pending').length, 7);
  });

  it('follow late bars, revisions up and down, and what becomes known of holes', async () => {
    const [first, ...others] = recorded.filter(cameLate);
    assert.ok(first);
    const some = recorded.filter((bar) => isWithin(bar, '11T21:58', '11T22:03'));
    // As a source that revises running minutes sends them: the last of these stays incomplete.
    const revised = recorded.filter((bar) => isWithin(bar, '11T16:00', '11T16:02'));
    // Nobody traded in these: first without a count, then counted. The third is traded after all.
    const untraded = recorded.filter((bar) => isWithin(bar, '11T15:00', '11T15:03'));
    const corrected = recorded.filter((bar) => isWithin(bar, '11T15:02', '11T15:04'));
    await quotes([
      ...untraded.map((bar) => event(bar, { v: 0 })),
      ...untraded.map((bar) => event(bar, { v: 0, n: 0, vw: null })),
      ...corrected.map((bar, at) => event(bar, { n: at === 0 ? 7 : 0 })),
      ...revised.map((bar) => event(bar, { complete: false })),
      ...revised.slice(0, 1).map((bar) => event(bar, { complete: true })),
      ...others.map((bar) => event(bar)),
      event(first, { vw: `${first.low}123456789`, n: 12 }),
      ...some.map((bar, at) =>
        event(bar, { c: at % 2 === 0 ? '25000.5' : '15000.25', h: '25001', l: '15000', vw: '20111.5', n: at + 1 }),
      ),
      coverage('10T03:10', '10T03:30', 'observed'),
      coverage('10T03:30', '10T03:40', 'source-down'),
      coverage('10T08:02', '10T08:04', 'history'),
      coverage('10T23:50', '11T00:00', 'observed'),
      coverage('11T00:00', '11T00:05', 'observed'),
      coverage('11T23:00', '12T00:00', 'observed'),
      coverage('12T00:00', '12T00:30', 'observed'),
    ]);
    const { minutes, trades: valued } = await assertLayers();
    assert.deepEqual(new Set(minutes.map(({ state }) => state)), new Set(['traded', 'quoted', 'carried', 'missing']));
    assert.equal(ofPair(minutes).length, 2880 + 30);
    assert.equal(valued.filter(({ price_state }) => price_state === 'carried').length, 3);
    assert.equal(valued.filter(({ price_state }) => price_state === 'quoted').length, 2);
    const seen = `select price_state, count(*) as n from crypto_db.crypto_trader_view where asset_id = 'LTC' and document_id in ('cal', 'eve', 'fay') group by 1 order by 1`;
    assert.deepEqual(await lake.query(seen), [
      { price_state: 'exact', n: 4 },
      { price_state: 'provisional', n: 1 },
      { price_state: 'quoted', n: 2 },
    ]);
  });

  it('are the same after the jobs were killed, after maintenance and after a new start with kept data', async () => {
    process.kill(await lake.pidOf('spark'), 'SIGKILL');
    const hole = recorded.filter((bar) => isWithin(bar, '10T08:00', '10T08:02'));
    await orders([trade('ann', '10T08:01:30', 'BUY', 0.75), trade('eve', '12T00:29:59', 'SELL', 2)]);
    await quotes([...hole.map((bar) => event(bar)), coverage('12T00:00', '12T00:45', 'observed')]);
    await assertLayers();
    await lake.run('optimize-iceberg', '--retain', '0s');
    const expected = await assertLayers();
    await lake.run('down', '--keep-data', '--yes');
    await lake.run('up', '--no-produce');
    await lake.settleLayers();
    for (const layer of Object.keys(tables) as (keyof typeof tables)[]) {
      assert.deepEqual(await lake.query(selectLayer(layer)), expected[layer], tables[layer].name);
    }
  });
});
