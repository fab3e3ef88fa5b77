import assert from 'node:assert/strict';
import { Client } from '../../../support/exchange/client.ts';
import { Exchange } from '../../../support/exchange/exchange.ts';
import { HandClock } from '../../../support/exchange/hand-clock.ts';

interface Page {
  trades: Record<string, { t: string; p: number; s: number; tks: string }[]>;
  bars: Record<string, { t: string; n: number; v: number; c: number }[]>;
  next_page_token: string | null;
}

describe('Alpaca of the exchange', () => {
  const clock = new HandClock();
  const clients: Client[] = [];
  let exchange: Exchange;

  async function connect(headers: Record<string, string> = {}, to = exchange): Promise<Client> {
    const client = await Client.open(to.addresses('alpaca').stream, { headers });
    clients.push(client);
    return client;
  }

  const get = async (path: string) => {
    const response = await fetch(`${exchange.addresses('alpaca').url}/v1beta3/crypto/us${path}`);
    return { text: await response.clone().text(), page: (await response.json()) as Page };
  };
  const auth = { action: 'auth', key: 'key', secret: 'secret' };
  const endOf = async (client: Client) => await client.until('the end', ({ ended }) => ended);

  before(async () => {
    exchange = await new Exchange({
      ...{ clock, pairs: ['BTC/USD', { pair: 'YFI/USD', rate: 0 }], venues: ['alpaca'], rate: 30 },
      ...{ limitsRequests: false },
    }).start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) {
      client.close();
      await endOf(client);
    }
    const { connections } = exchange.feeds.get('alpaca') ?? { connections: new Set() };
    while (connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  after(async () => {
    await exchange.close();
  });

  it('asks for a key, by message or headers, and allows one connection', async () => {
    const client = await connect();
    client.send({ action: 'subscribe', trades: ['BTC/USD'] });
    await client.message('a refusal', ({ code }) => code === 401);
    assert.deepEqual(client.heard[0]?.value, [{ T: 'success', msg: 'connected' }]);
    client.send({ ...auth, secret: 'wrong' });
    await client.message('a refusal', ({ code }) => code === 402);
    client.send(auth);
    await client.message('success', ({ msg }) => msg === 'authenticated');
    const second = await connect({ 'APCA-API-KEY-ID': 'key', 'APCA-API-SECRET-KEY': 'secret' });
    const refusal = await second.message('a refusal', ({ T }) => T === 'error');
    assert.deepEqual(refusal, { T: 'error', code: 406, msg: 'connection limit exceeded' });
    await endOf(second);
    client.close();
    await endOf(client);
    const { connections } = exchange.feeds.get('alpaca') ?? { connections: new Set() };
    while (connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
    const third = await connect({ 'APCA-API-KEY-ID': 'key', 'APCA-API-SECRET-KEY': 'secret' });
    await third.message('success', ({ msg }) => msg === 'authenticated');
  });

  it('closes a connection that does not sign in', async () => {
    const firstMessageWithinMs = { coinbase: 20, alpaca: 20 };
    const quick = await new Exchange({ clock, venues: ['alpaca'], firstMessageWithinMs }).start();
    const client = await connect({}, quick);
    await client.message('a refusal', ({ code }) => code === 404);
    await endOf(client);
    await quick.close();
  });

  it('sends trades with ids of 19 digits, bars after the minute, and bars again that have changed', async () => {
    const client = await connect();
    client.send(auth);
    client.send({ action: 'subscribe', trades: ['BTC/USD'], bars: ['*'], updatedBars: ['*'] });
    const answer = await client.message('the subscription', ({ T }) => T === 'subscription');
    const none = { quotes: [], orderbooks: [], dailyBars: [] };
    const asked = { trades: ['BTC/USD'], bars: ['*'], updatedBars: ['*'] };
    assert.deepEqual(answer, { T: 'subscription', ...asked, ...none });
    const count = exchange.ledger.count('alpaca', 'BTC/USD');
    clock.move(31);
    exchange.tick();
    exchange.pulse();
    await client.until('two bars', () => client.values(({ T }) => T === 'b').length === 2);
    const trades = exchange.ledger.trades('alpaca', 'BTC/USD').slice(count);
    const texts = client.heard.map(({ text }) => text).join('');
    for (const { id, side, time, price } of trades.slice(0, 20)) {
      assert.ok(texts.includes(`"i":${id},"tks":"${side === 'buy' ? 'B' : 'S'}"`), id);
      assert.ok(texts.includes(`"p":${String(Number(price))},`), price);
      assert.match(texts, new RegExp(`"t":"${time.slice(0, -1)}\\d{3}Z","i":${id}`));
    }
    assert.equal(client.values(({ T }) => T === 't').length, trades.length);
    // The minute of the idle coin has prices, but no trade.
    const [busy, idle] = client.values(({ T }) => T === 'b');
    const [bar] = exchange.ledger.bars('alpaca', 'BTC/USD');
    assert.deepEqual(busy?.t, '2026-03-10T12:00:00Z');
    assert.deepEqual([busy.n, busy.c, busy.v], [bar?.count, Number(bar?.close), Number(bar?.volume)]);
    assert.deepEqual([idle?.S, idle?.n, idle?.v, idle?.vw], ['YFI/USD', 0, 0, 0]);
    exchange.faults.late('alpaca', 'BTC/USD', 5_000);
    exchange.tick();
    clock.move(30);
    exchange.tick();
    exchange.pulse();
    const update = await client.message('an update', ({ T }) => T === 'u');
    assert.deepEqual([update.t, update.n], [busy.t, (bar?.count ?? 0) + 1]);
    client.send({ action: 'unsubscribe', trades: ['BTC/USD'], bars: ['*'] });
    await client.until('the answer', () => client.values(({ T }) => T === 'subscription').length === 2);
  });

  it('gives its history in pages, each trade once', async () => {
    const asked = '/trades?symbols=BTC/USD,YFI/USD&start=2026-03-10T11:00:00Z&limit=400';
    const rows: Page['trades'][string] = [];
    let token = '';
    do {
      const { page, text } = await get(`${asked}${token}`);
      rows.push(...(page.trades['BTC/USD'] ?? []));
      assert.match(text, /"i":\d{19},/);
      token = page.next_page_token === null ? '' : `&page_token=${page.next_page_token}`;
    } while (token !== '');
    const trades = exchange.ledger.trades('alpaca', 'BTC/USD', Date.parse('2026-03-10T11:00:00Z') * 1000);
    assert.ok(rows.length > 800);
    assert.deepEqual(
      rows.map(({ t, p, s, tks }) => [`${t.slice(0, 26)}Z`, p, s, tks]),
      trades.map(({ time, price, quantity, side }) => {
        return [time, Number(price), Number(quantity), side === 'buy' ? 'B' : 'S'];
      }),
    );
  });

  it('gives bars, and the latest, as the polling producer asks for them', async () => {
    const { page } = await get('/bars?symbols=YFI/USD,BTC/USD&timeframe=1Min&start=2026-03-10T11:00:00Z&limit=90');
    assert.ok(page.next_page_token !== null);
    assert.deepEqual([page.bars['BTC/USD']?.length, page.bars['BTC/USD']?.[0]?.t], [61, '2026-03-10T11:00:00Z']);
    assert.equal(page.bars['YFI/USD']?.length, 29);
    const { text } = await get('/latest/bars?symbols=BTC/USD');
    assert.match(text, /^\{"bars":\{"BTC\/USD":\{"t":"2026-03-10T12:00:00Z","o":/);
  });
});
