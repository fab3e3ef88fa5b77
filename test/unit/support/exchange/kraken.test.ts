import assert from 'node:assert/strict';
import { Client } from '../../../support/exchange/client.ts';
import { Exchange } from '../../../support/exchange/exchange.ts';
import { HandClock } from '../../../support/exchange/hand-clock.ts';

type Row = [string, string, number, string, string, string, number];
interface Answer<T> {
  error: string[];
  result?: Record<string, T> & { last: string | number };
}

describe('Kraken of the exchange', () => {
  const clock = new HandClock();
  const options = { clock, pairs: ['BTC/USD', 'PEPE/USD'], venues: ['kraken'], rate: 40, historyRate: 0.06 } as const;
  const clients: Client[] = [];
  let exchange: Exchange;

  async function connect(): Promise<Client> {
    const client = await Client.open(exchange.addresses('kraken').stream);
    clients.push(client);
    return client;
  }

  async function ask<T>(path: string, of = exchange): Promise<Answer<T>> {
    const response = await fetch(`${of.addresses('kraken').url}/0/public/${path}`);
    assert.equal(response.status, 200);
    return (await response.json()) as Answer<T>;
  }

  const subscribe = (...symbol: string[]) => ({
    ...{ method: 'subscribe', params: { channel: 'trade', symbol, snapshot: true }, req_id: 7 },
  });
  const tradesOf = (client: Client, type: string) =>
    client.values((value) => value.channel === 'trade' && value.type === type).flatMap(({ data }) => data as object[]);

  before(async () => {
    exchange = await new Exchange({ ...options, limitsRequests: false, krakenQuietMs: 0 }).start();
  });

  after(async () => {
    for (const client of clients) client.close();
    await exchange.close();
  });

  it('says its status, answers for each symbol, and sends the last 50 trades', async () => {
    const client = await connect();
    client.send(subscribe('NO/USD', 'PEPE/USD'));
    await client.message('the snapshot', ({ type }) => type === 'snapshot');
    const [status, refused, accepted] = client.heard.map(({ value }) => value as Record<string, unknown>);
    const [state] = status?.data as Record<string, unknown>[];
    assert.deepEqual([status?.channel, state?.system, state?.api_version], ['status', 'online', 'v2']);
    assert.match(client.heard[0]?.text ?? '', /"connection_id":\d{19}\}/);
    const time = '2026-03-10T12:00:30.000000Z';
    const times = { time_in: time, time_out: time };
    const error = 'Currency pair not supported NO/USD';
    assert.deepEqual(refused, { method: 'subscribe', req_id: 7, error, success: false, symbol: 'NO/USD', ...times });
    const result = { channel: 'trade', symbol: 'PEPE/USD', snapshot: true };
    assert.deepEqual(accepted, { method: 'subscribe', req_id: 7, result, success: true, ...times });
    const trades = exchange.ledger.trades('kraken', 'PEPE/USD').slice(-50);
    const snapshot = client.heard.find(({ text }) => text.includes('"snapshot","data"'))?.text ?? '';
    assert.equal(tradesOf(client, 'snapshot').length, 50);
    // All digits are there: a float would lose some.
    for (const { price, quantity, id, time, side } of trades) {
      const start = `{"symbol":"PEPE/USD","side":"${side}","price":${price},"qty":${quantity},"ord_type":"`;
      assert.ok(snapshot.includes(start), start);
      assert.ok(snapshot.includes(`"trade_id":${id},"timestamp":"${time}"}`), id);
    }
  });

  it('sends several trades in a message, heartbeats when nothing else, and answers pings', async () => {
    const client = await connect();
    client.send(subscribe('BTC/USD'));
    await client.message('the snapshot', ({ type }) => type === 'snapshot');
    const count = exchange.ledger.count('kraken', 'BTC/USD');
    clock.move(2);
    exchange.tick();
    const update = await client.message('an update', ({ type, channel }) => type === 'update' && channel === 'trade');
    const trades = exchange.ledger.trades('kraken', 'BTC/USD').slice(count);
    assert.ok(trades.length > 10);
    assert.deepEqual(
      (update.data as { trade_id: number }[]).map(({ trade_id }) => String(trade_id)),
      trades.map(({ id }) => id),
    );
    exchange.pulse();
    await client.message('a heartbeat', ({ channel }) => channel === 'heartbeat');
    client.send({ method: 'ping', req_id: 8 });
    const pong = await client.message('a pong', ({ method }) => method === 'pong');
    assert.equal(pong.req_id, 8);
    client.send({ method: 'unsubscribe', params: { channel: 'trade', symbol: ['BTC/USD'] } });
    await client.message('the answer', ({ method, success }) => method === 'unsubscribe' && success === true);
    client.send('{');
    await client.message('a complaint', ({ success }) => success === false);
  });

  it('gives its whole history by time, each trade once', async () => {
    const rows: Row[] = [];
    for (let since = '0', page: Row[] = []; page.length === 1000 || since === '0';) {
      const { result, error } = await ask<Row[]>(`Trades?pair=BTC/USD&since=${since}&count=1000`);
      assert.deepEqual(error, []);
      page = result?.['BTC/USD'] ?? [];
      rows.push(...page);
      since = String(result?.last);
    }
    const all = exchange.ledger.trades('kraken', 'BTC/USD', 0);
    const seen = new Set(rows.map(([, , , , , , id]) => String(id)));
    const missing = all.filter(({ id }) => !seen.has(id));
    // Strictly after: of trades with one time, those beyond the end of a page are skipped.
    assert.ok(missing.length <= Math.ceil(rows.length / 1000), String(missing.length));
    assert.equal(seen.size, rows.length);
    const newest = all.at(-1);
    const [price, volume, seconds, side, type, , id] = rows.at(-1) as Row;
    assert.deepEqual([price, volume, String(id)], [newest?.price, newest?.quantity, newest?.id]);
    assert.equal(side, newest?.side === 'buy' ? 'b' : 's');
    assert.match(type, /^[ml]$/);
    assert.ok(Math.abs(seconds - (newest?.micros ?? 0) / 1e6) < 2e-6);
    assert.deepEqual((await ask('Trades?pair=NO/USD')).error, ['EQuery:Unknown asset pair']);
  });

  it('shows the last 720 minutes, those without trades too', async () => {
    const { result } = await ask<[number, string, string, string, string, string, string, number][]>(
      'OHLC?pair=PEPE/USD&interval=1',
    );
    const rows = result?.['PEPE/USD'] ?? [];
    assert.equal(rows.length, 720);
    const bars = new Map(
      exchange.ledger.bars('kraken', 'PEPE/USD', 0).map((bar) => [Date.parse(bar.minute) / 1000, bar]),
    );
    for (const [time, open, high, low, close, , volume, count] of rows) {
      const bar = bars.get(time);
      assert.equal(count, bar?.count ?? 0);
      assert.equal(Number(volume), Number(bar?.volume ?? 0));
      if (bar !== undefined) {
        assert.deepEqual([open, high, low, close].map(Number), [bar.open, bar.high, bar.low, bar.close].map(Number));
      }
    }
    const [time] = rows.at(-1) ?? [];
    assert.equal(time, Math.floor(clock.nowMicros() / 60e6) * 60);
  });

  it('refuses clients that ask too often', async () => {
    const strict = await new Exchange(options).start();
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push((await ask('Time', strict)).error);
    await strict.close();
    assert.deepEqual(answers.at(0), []);
    assert.deepEqual(answers.at(-1), ['EAPI:Rate limit exceeded']);
  });
});
