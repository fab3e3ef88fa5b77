import assert from 'node:assert/strict';
import type { TestLake } from '../../support/lake.ts';
import { renamedCoin, sharedLake } from '../../support/shared-lake.ts';
import { sendRaw, type Sent } from '../../support/topic.ts';

const { old, now } = renamedCoin;
const start = Date.parse('2024-09-04T10:00:00Z');
const iso = (minute: number) => new Date(start + minute * 60_000).toISOString().replace('.000Z', 'Z');

const bar = (coin: string, minute: number, price: number): Sent => ({
  key: `${coin}/USD`,
  value: JSON.stringify({
    bars: { [`${coin}/USD`]: { o: price, h: price, l: price, c: price, v: 2, n: 1, vw: price, t: iso(minute) } },
  }),
  headers: { source: 'replay' },
});
const watched = (coin: string, from: number, to: number, state: string): Sent => ({
  key: `${coin}/USD`,
  value: JSON.stringify({ bars: {}, coverage: { pair: `${coin}/USD`, from: iso(from), to: iso(to), state } }),
  headers: { source: 'replay' },
});
const trade = (id: number, coin: string, minute: number, side: string, quantity: number): Sent => ({
  key: 'renamed-ann',
  value: JSON.stringify({
    transaction_id: `00000000-0000-7000-8047-${String(id).padStart(12, '0')}`,
    ...{ document_id: 'renamed-ann', asset_id: coin, asset_type: 'USD', trade_type: side, quantity },
    ...{ transaction_timestamp: iso(minute), ref_date: '2024-09-04' },
  }),
  headers: { source: 'user' },
});

// It comes after the comparison of the layers with all records, which knows no names.
describe('a coin that was renamed', function () {
  this.timeout(120_000);
  let lake: TestLake;

  before(async () => {
    lake = await sharedLake();
    await sendRaw(lake.broker, 'coinbase-currencies', [
      ...[0, 1, 2, 6].map((minute) => bar(old, minute, 0.4)),
      watched(old, 0, 4, 'observed'),
      ...[6, 7, 11].map((minute) => bar(now, minute, 0.5)),
      // Its history has nothing of the time before.
      watched(now, 0, 6, 'history'),
      watched(now, 6, 12, 'observed'),
    ]);
    await sendRaw(lake.broker, 'coinbase-trades', [trade(1, old, 1, 'BUY', 5), trade(2, now, 7, 'SELL', 2)]);
    await lake.settleLayers();
  });

  it('has one history of minutes and candles under its new name', async () => {
    const minutes = await lake.query<Record<string, string | null>>(
      `select state, round(price_crypto, 1)::varchar as price, bar_asset_id as name from quote_minute
       where asset_id = '${now}' order by start_window`,
    );
    assert.deepEqual(
      minutes.map(({ state, price, name }) => `${String(state)} ${String(price)} ${String(name)}`),
      [
        ...Array.from({ length: 3 }, () => `traded 0.4 ${old}`),
        'carried 0.4 null',
        ...Array.from({ length: 2 }, () => 'missing null null'),
        ...Array.from({ length: 2 }, () => 'traded 0.5 null'),
        ...Array.from({ length: 3 }, () => 'carried 0.5 null'),
        'traded 0.5 null',
      ],
    );
    const candles = await lake.query(
      `select asset_id, minutes_traded as traded, minutes_missing as missing, round(open_price, 1)::double as open, round(close_price, 1)::double as close
       from candle where asset_id in ('${old}', '${now}') and period = '15m'`,
    );
    assert.deepEqual(candles, [{ asset_id: now, traded: 6, missing: 2, open: 0.4, close: 0.5 }]);
  });

  it('is one holding, and rows keep the name that they came with', async () => {
    const held = await lake.query(
      `select asset_id, holding::double as holding, last_price::double as price from position where document_id = 'renamed-ann'`,
    );
    assert.deepEqual(held, [{ asset_id: now, holding: 3, price: 0.5 }]);
    const trades = await lake.query(
      `select asset_id, price_crypto::double as price, price_state from crypto_trader_view where document_id = 'renamed-ann' order by 2`,
    );
    assert.deepEqual(trades, [
      { asset_id: old, price: 0.4, price_state: 'exact' },
      { asset_id: now, price: 0.5, price_state: 'exact' },
    ]);
    const bars = await lake.query(
      `select asset_id, count(*) as bars from crypto_quote where asset_id in ('${old}', '${now}') group by all order by bars desc`,
    );
    assert.deepEqual(bars, [
      { asset_id: old, bars: 4 },
      { asset_id: now, bars: 3 },
    ]);
  });

  it('has its gaps in one list, by either name', async () => {
    const list = async (coin: string) =>
      (await lake.runHere('gaps', '--json', '--coins', coin, '--from', iso(0), '--to', iso(12)))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, string>)
        .map(({ coin, from, to, reason }) => `${String(coin)} ${String(from)} ${String(to)} ${String(reason)}`);
    const expected = [
      `${now}/USD ${iso(3)} ${iso(4)} no trade`,
      `${now}/USD ${iso(4)} ${iso(6)} producer down`,
      `${now}/USD ${iso(8)} ${iso(11)} no trade`,
    ];
    assert.deepEqual(await list(`${now}/USD`), expected);
    assert.deepEqual(await list(`${old}/USD`), expected);
  });

  it('is one chart and one coin on the dashboard', async () => {
    const chart = async (coin: string) => {
      const answer = await lake.askDashboard(`/api/candles?coin=${coin}/USD&period=1m`);
      const { candles } = (await answer.json()) as { candles: { close: string }[] };
      return candles.map(({ close }) => Number(close));
    };
    const expected = [0.4, 0.4, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
    assert.deepEqual(await chart(now), expected);
    assert.deepEqual(await chart(old), expected);
    const { coins } = (await (await lake.askDashboard('/api/lake')).json()) as { coins: { pair: string }[] };
    const pairs = coins.map(({ pair }) => pair);
    assert.ok(pairs.includes(`${now}/USD`), pairs.join());
    assert.ok(!pairs.includes(`${old}/USD`), pairs.join());
  });
});
