import assert from 'node:assert/strict';
import {
  readCandleRequest,
  readCandles,
  readCoin,
  readLimit,
  renderCandleQuery,
} from '../../../../src/local/dashboard/candles.ts';
import { Fault } from '../../../../src/errors.ts';

const refused = (act: () => unknown, where: string) =>
  assert.throws(act, (thrown: unknown) => thrown instanceof Fault && thrown.kind === 'usage' && thrown.where === where);

describe('the candles of the dashboard', () => {
  it('are asked for by coin, period, time and number, each checked', () => {
    const asked = new URLSearchParams({ coin: 'BTC/USD', period: '5m', before: '2023-03-11', limit: '20' });
    const request = readCandleRequest(asked, {});
    assert.deepEqual(request, {
      coin: { base: 'BTC', quote: 'USD' },
      period: '5m',
      before: '2023-03-11T00:00:00.000Z',
      limit: 20,
    });
    for (const [name, value] of [
      ['coin', "BTC/USD' or 1=1"],
      ['coin', ''],
      ['period', '2h'],
      ['before', 'yesterday'],
      ['limit', '0'],
      ['limit', '1e9'],
      ['limit', '1.5'],
    ] as const) {
      refused(() => readCandleRequest(new URLSearchParams({ coin: 'BTC/USD', [name]: value }), {}), name);
    }
    refused(() => readCoin(null, {}), 'coin');
    assert.equal(readLimit(null, 7, 10), 7);
  });

  it('come from silver by the minute and from gold by longer periods', () => {
    const request = { coin: { base: 'BTC', quote: 'USD' }, before: undefined, limit: 5 };
    assert.match(
      renderCandleQuery({ ...request, period: '1m' }),
      /from crypto_silver\.quote_minute where state <> 'missing'/,
    );
    const hours = renderCandleQuery({ ...request, period: '1h', before: '2023-03-11T00:00:00.000Z' });
    assert.match(hours, /from crypto_gold\.candle where period = '1h'/);
    assert.match(hours, /start_window < timestamptz '2023-03-11T00:00:00\.000Z' order by start_window desc limit 5$/);
  });

  it('are handed on oldest first, with every digit', () => {
    const row = (start: string, more: Record<string, string | number | null>) => ({
      ...{ start_window: start, open_price: '1.000000000001', high_price: '2', low_price: '1', close_price: '1.5' },
      ...{ volume: null, trade_count: null, quoted: 1, carried: 0, missing: 3, sources: 'simulate' },
      ...more,
    });
    const candles = readCandles([row('2023-03-11T00:05:00Z', { trade_count: 4 }), row('2023-03-11T00:00:00Z', {})]);
    assert.deepEqual(
      candles.map(({ start, open, volume, trades, quoted, missing }) => [start, open, volume, trades, quoted, missing]),
      [
        ['2023-03-11T00:00:00Z', '1.000000000001', '0', null, 1, 3],
        ['2023-03-11T00:05:00Z', '1.000000000001', '0', 4, 1, 3],
      ],
    );
  });
});
