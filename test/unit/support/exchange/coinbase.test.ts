import assert from 'node:assert/strict';
import { Client } from '../../../support/exchange/client.ts';
import { Exchange, type ExchangeOptions } from '../../../support/exchange/exchange.ts';
import { HandClock } from '../../../support/exchange/hand-clock.ts';

interface Row {
  trade_id: number;
  side: string;
  size: string;
  price: string;
  time: string;
}

describe('Coinbase of the exchange', () => {
  const clock = new HandClock();
  const opened: { close(): unknown }[] = [];
  let exchange: Exchange;

  async function begin(options: ExchangeOptions = {}): Promise<Exchange> {
    const made = await new Exchange({
      ...{ clock, pairs: ['BTC/USD', 'ETH/USD'], venues: ['coinbase'], rate: 40, limitsRequests: false },
      ...options,
    }).start();
    opened.unshift(made);
    return made;
  }

  async function connect(to = exchange): Promise<Client> {
    const client = await Client.open(to.addresses('coinbase').stream);
    opened.unshift(client);
    return client;
  }

  const get = async (path: string) => await fetch(`${exchange.addresses('coinbase').url}${path}`);
  const subscribe = (...products: string[]) => ({
    ...{ type: 'subscribe', product_ids: products, channels: ['matches', 'heartbeat'] },
  });
  const isMatch = (value: Record<string, unknown>) => value.type === 'match';

  before(async () => {
    exchange = await begin();
  });

  after(async () => {
    for (const each of opened) await each.close();
  });

  it('sends the last trade, each new one with its maker, and heartbeats', async () => {
    const client = await connect();
    client.send(subscribe('BTC-USD'));
    const last = await client.message('the last trade', ({ type }) => type === 'last_match');
    assert.deepEqual(client.heard[0]?.value, {
      type: 'subscriptions',
      channels: [
        { name: 'matches', product_ids: ['BTC-USD'] },
        { name: 'heartbeat', product_ids: ['BTC-USD'] },
      ],
    });
    assert.equal(String(last.trade_id), exchange.ledger.trades('coinbase', 'BTC/USD').at(-1)?.id);
    clock.move(3);
    const count = exchange.ledger.count('coinbase', 'BTC/USD');
    exchange.tick();
    exchange.pulse();
    const trades = exchange.ledger.trades('coinbase', 'BTC/USD').slice(count);
    assert.ok(trades.length > 20);
    const heartbeat = await client.message('a heartbeat', ({ type }) => type === 'heartbeat');
    assert.deepEqual(
      client
        .values(isMatch)
        .map(({ trade_id, time, price, size, side }) => [String(trade_id), time, price, size, side]),
      trades.map(({ id, time, price, quantity, side }) => [id, time, price, quantity, side === 'buy' ? 'sell' : 'buy']),
    );
    assert.equal(client.values(isMatch)[0]?.trade_id, (last.trade_id as number) + 1);
    const sequences = client.values(({ sequence }) => sequence !== undefined).map(({ sequence }) => Number(sequence));
    assert.ok(sequences.every((sequence, at) => at === 0 || sequence > (sequences[at - 1] ?? 0)));
    assert.deepEqual(Object.keys(last), [
      ...['type', 'trade_id', 'maker_order_id', 'taker_order_id', 'side', 'size', 'price', 'product_id', 'sequence'],
      'time',
    ]);
    assert.match(String(last.maker_order_id), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/);
    const { sequence, ...rest } = heartbeat;
    const time = '2026-03-10T12:00:33.000000Z';
    assert.deepEqual(rest, {
      type: 'heartbeat',
      last_trade_id: Number(trades.at(-1)?.id),
      product_id: 'BTC-USD',
      time,
    });
    assert.equal(typeof sequence, 'number');
  });

  it('stops with an unsubscription', async () => {
    const client = await connect();
    client.send(subscribe('BTC-USD', 'ETH-USD'));
    await client.until('two last trades', () => client.values(({ type }) => type === 'last_match').length === 2);
    client.send({ type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['matches', 'heartbeat'] });
    await client.until('the answer', () => client.values(({ type }) => type === 'subscriptions').length === 2);
    clock.move(3);
    exchange.tick();
    await client.message('a trade', isMatch);
    assert.deepEqual(new Set(client.values(isMatch).map(({ product_id }) => product_id)), new Set(['ETH-USD']));
  });

  it('refuses unknown products, alone or with the whole subscription', async () => {
    const client = await connect();
    client.send({ type: 'subscribe', channels: [{ name: 'matches', product_ids: ['NO-USD', 'ETH-USD'] }] });
    await client.message('the subscription', ({ type }) => type === 'subscriptions');
    assert.deepEqual(client.heard[0]?.value, {
      ...{ type: 'error', message: 'Failed to subscribe', reason: 'NO-USD is not valid' },
    });
    client.send('{');
    await client.message('a complaint', ({ message }) => message === 'Malformed JSON');
    const strict = await connect(await begin({ refusesWhole: true }));
    strict.send(subscribe('NO-USD', 'ETH-USD'));
    await strict.message('the error', ({ type }) => type === 'error');
    strict.send(subscribe('ETH-USD'));
    await strict.message('the subscription', ({ type }) => type === 'subscriptions');
    assert.deepEqual(
      strict.values(({ type }) => type !== 'last_match').map(({ type }) => type),
      ['error', 'subscriptions'],
    );
  });

  it('closes a connection that asks for nothing', async () => {
    const quick = await begin({ firstMessageWithinMs: { coinbase: 20, alpaca: 20 } });
    const client = await connect(quick);
    assert.equal(await client.until('the end', ({ ended }) => ended), 1008);
  });

  it('gives its history by ids, without a hole and as it was streamed', async () => {
    clock.move(1);
    exchange.tick();
    const rows: Row[] = [];
    let after = '';
    while (rows.length < 2500) {
      const response = await get(`/products/BTC-USD/trades?limit=1000${after}`);
      const page = (await response.json()) as Row[];
      assert.equal(response.headers.get('cb-before'), String(page[0]?.trade_id));
      assert.equal(response.headers.get('cb-after'), String(page.at(-1)?.trade_id));
      assert.equal(response.headers.get('date'), new Date(clock.nowMicros() / 1000).toUTCString());
      rows.push(...page);
      after = `&after=${String(page.at(-1)?.trade_id)}`;
    }
    assert.deepEqual(
      rows.map(({ trade_id }) => trade_id),
      rows.map((_, at) => (rows[0]?.trade_id ?? 0) - at),
    );
    const { trade_id, side, time, price, size } = rows[0] as Row;
    const newest = exchange.ledger.trades('coinbase', 'BTC/USD').at(-1);
    assert.deepEqual(
      { id: String(trade_id), time, price, quantity: size, side: side === 'sell' ? 'buy' : 'sell' },
      { id: newest?.id, time: newest?.time, price: newest?.price, quantity: newest?.quantity, side: newest?.side },
    );
    // What an interval of ids asks for is what it gets.
    const [first, last] = [trade_id - 1500, trade_id - 700];
    const hole = await get(`/products/BTC-USD/trades?limit=${String(last - first - 1)}&after=${String(last)}`);
    const closing = (await hole.json()) as Row[];
    assert.deepEqual([closing[0]?.trade_id, closing.at(-1)?.trade_id], [last - 1, first + 1]);
    const newer = await get(`/products/BTC-USD/trades?before=${String(trade_id - 5)}`);
    assert.equal(((await newer.json()) as Row[]).length, 5);
    assert.equal((await get('/products/NO-USD/trades')).status, 404);
  });

  it('shows candles of minutes with trades, newest first', async () => {
    const url = '/products/BTC-USD/candles?granularity=60&start=2026-03-10T10:00:00Z&end=2026-03-10T12:00:00Z';
    const rows = (await (await get(url)).json()) as number[][];
    const bars = exchange.ledger.bars(
      ...(['coinbase', 'BTC/USD', Date.parse('2026-03-10T10:00:00Z') * 1000] as const),
      Date.parse('2026-03-10T12:00:30Z') * 1000,
    );
    assert.ok(bars.length > 100);
    assert.deepEqual(
      rows.reverse(),
      bars.map(({ minute, low, high, open, close, volume }) =>
        [Date.parse(minute) / 1000, low, high, open, close, volume].map(Number),
      ),
    );
    const wide = await get('/products/BTC-USD/candles?granularity=60&start=2026-03-10T00:00:00Z');
    assert.equal(wide.status, 400);
    const products = (await (await get('/products')).json()) as { id: string }[];
    assert.deepEqual(
      products.map(({ id }) => id),
      ['BTC-USD', 'ETH-USD'],
    );
  });

  it('refuses clients that ask too often', async () => {
    const strict = await begin({ limitsRequests: true });
    const asked = Array.from({ length: 20 }, () => fetch(`${strict.addresses('coinbase').url}/time`));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    assert.ok(statuses.filter((status) => status === 200).length >= 15);
    assert.ok(statuses.includes(429));
  });
});
