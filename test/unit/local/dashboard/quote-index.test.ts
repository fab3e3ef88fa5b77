import assert from 'node:assert/strict';
import { QuoteIndex } from '../../../../src/local/dashboard/quote-index.ts';

type Document = Record<string, unknown>;

/** A document of the index. */
function quote(asset_id: string, minute: number, price: number, revision: number): Document {
  const start = new Date(Date.UTC(2025, 6, 8, 12, minute)).toISOString();
  const prices = { open_price: price, high_price: price, low_price: price, price_crypto: price };
  return {
    ...{
      asset_id,
      asset_type: 'USD',
      start_window: start,
      seen_at: start,
      source: 'simulate',
      volume: 1,
      trade_count: 1,
    },
    ...{ ...prices, revision },
  };
}

describe('the quotes of a coin that was renamed', () => {
  const asked: unknown[] = [];
  let documents: Document[] = [];
  const find = async (body: unknown) => {
    asked.push(body);
    return documents;
  };
  const reader = { find, topHits: find, findMany: async (bodies: readonly unknown[]) => bodies.map(() => documents) };
  const index = () => new QuoteIndex(reader, { MATIC: 'POL' });
  const shown = (bars: { coin: string; close: number }[]) => bars.map(({ coin, close }) => `${coin} ${String(close)}`);

  it('have its newest name, and the last price of any', async () => {
    documents = [quote('MATIC', 5, 0.4, 9), quote('POL', 6, 0.5, 3), quote('BTC', 6, 100, 1)];
    assert.deepEqual(shown(await index().lastBars()), ['BTC/USD 100', 'POL/USD 0.5']);
    documents = [quote('MATIC', 7, 0.4, 9), quote('POL', 6, 0.5, 3)];
    assert.deepEqual(shown(await index().lastBars()), ['POL/USD 0.4']);
  });

  it('are asked for under all its names; of a minute with two, the bar under the newest one is shown', async () => {
    documents = [quote('POL', 6, 0.5, 3), quote('MATIC', 6, 0.4, 9), quote('MATIC', 5, 0.3, 8)];
    asked.length = 0;
    assert.deepEqual(shown(await index().barsAfter({ base: 'POL', quote: 'USD' }, undefined, 10)), [
      'POL/USD 0.3',
      'POL/USD 0.5',
    ]);
    assert.match(JSON.stringify(asked), /"asset_id":\["POL","MATIC"\]/);
  });

  it('are new under the new name though the old one had a higher revision', async () => {
    const live = index();
    documents = [quote('MATIC', 5, 0.4, 9)];
    assert.deepEqual(await live.newBars(), []);
    documents = [quote('POL', 6, 0.5, 3), quote('MATIC', 6, 0.4, 10), ...documents];
    assert.deepEqual(shown(await live.newBars()), ['POL/USD 0.5']);
    documents = [quote('POL', 6, 0.6, 4), quote('MATIC', 6, 0.4, 11)];
    assert.deepEqual(shown(await live.newBars()), ['POL/USD 0.6']);
    assert.deepEqual(await live.newBars(), []);
  });
});
