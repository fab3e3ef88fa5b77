import assert from 'node:assert/strict';
import { Client } from '../../../support/exchange/client.ts';
import { Exchange, type ExchangeOptions } from '../../../support/exchange/exchange.ts';
import { HandClock } from '../../../support/exchange/hand-clock.ts';
import type { Trade } from '../../../support/exchange/ledger.ts';

const pair = 'BTC/USD';

describe('an exchange that does something wrong', () => {
  let clock: HandClock;
  let exchange: Exchange;
  let client: Client;
  const clients: Client[] = [];

  async function begin(options: ExchangeOptions = {}): Promise<void> {
    clock = new HandClock();
    exchange = await new Exchange({
      ...{ clock, pairs: [pair, 'ETH/USD'], venues: ['coinbase', 'kraken'], rate: 40, limitsRequests: false },
      historyMs: 2 * 3_600_000,
      ...options,
    }).start();
  }

  /** A client with a subscription. */
  async function follow(): Promise<Client> {
    const made = await Client.open(exchange.addresses('coinbase').stream);
    clients.push(made);
    made.send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['matches', 'heartbeat'] });
    await made.message('the last trade', ({ type }) => type === 'last_match');
    return made;
  }

  async function followKraken(): Promise<Client> {
    const made = await Client.open(exchange.addresses('kraken').stream);
    clients.push(made);
    made.send({ method: 'subscribe', params: { channel: 'trade', symbol: [pair], snapshot: false } });
    await made.message('the subscription', ({ method }) => method === 'subscribe');
    return made;
  }

  /** Lets time pass. @returns what has happened in it */
  function move(seconds: number, venue: 'coinbase' | 'kraken' = 'coinbase'): Trade[] {
    const before = exchange.ledger.count(venue, pair);
    clock.move(seconds);
    exchange.tick();
    const first = Number(exchange.ledger.tape(venue, pair).idOf(before));
    return exchange.ledger.trades(venue, pair, 0).filter(({ id }) => Number(id) >= first);
  }

  /** The ids that were sent, once a heartbeat shows that all are there. */
  async function sent(to = client): Promise<string[]> {
    const heartbeats = () => to.values(({ type }) => type === 'heartbeat').length;
    const before = heartbeats();
    exchange.pulse();
    await to.until('a heartbeat', () => heartbeats() > before);
    return to.values(({ type }) => type === 'match').map(({ trade_id }) => String(trade_id));
  }

  async function listed(limit = 1000): Promise<string[]> {
    const response = await fetch(
      `${exchange.addresses('coinbase').url}/products/BTC-USD/trades?limit=${String(limit)}`,
    );
    const rows = (await response.json()) as { trade_id: number }[];
    return rows.map(({ trade_id }) => String(trade_id)).reverse();
  }

  const idsOf = (trades: readonly Trade[]) => trades.map(({ id }) => id);
  const kinds = () => exchange.faults.log.map(({ kind }) => kind);

  afterEach(async () => {
    for (const each of clients.splice(0)) each.close();
    await exchange.close();
  });

  describe('with its connections', () => {
    beforeEach(async () => {
      await begin();
      client = await follow();
    });

    it('drops them without a word, or closes them politely', async () => {
      assert.equal(exchange.faults.drop('coinbase'), 1);
      assert.equal(await client.until('the end', ({ ended }) => ended), 1006);
      client = await follow();
      exchange.faults.hangUp('coinbase');
      assert.equal(await client.until('the end', ({ ended }) => ended), 1001);
      client = await follow();
      exchange.faults.expire('coinbase');
      assert.equal(await client.until('the end', ({ ended }) => ended), 1001);
      assert.deepEqual(kinds(), ['dropped', 'closed', 'expired']);
    });

    it('closes them after 24 hours', async () => {
      clock.move(23.9 * 3600);
      exchange.pulse();
      assert.equal(client.ended, undefined);
      clock.move(0.2 * 3600);
      exchange.pulse();
      assert.equal(await client.until('the end', ({ ended }) => ended), 1001);
      assert.ok(kinds().includes('expired'));
    });

    it('refuses new ones for some time, and shuts its door', async () => {
      exchange.faults.refuseConnections('coinbase', 100_000);
      await assert.rejects(follow(), /503/);
      await followKraken();
      exchange.faults.shutDoor(50);
      await assert.rejects(fetch(exchange.addresses('coinbase').url));
      const found = async () => await fetch(exchange.addresses('coinbase').url).catch(() => undefined);
      while ((await found()) === undefined) await new Promise((resolve) => setImmediate(resolve));
      // Who was connected has stayed.
      assert.equal((await sent()).length, 0);
    });

    it('says nothing at all on a socket that is open', async () => {
      exchange.faults.mute('coinbase', 100_000);
      const other = await follow();
      const [heard] = [client.heard.length];
      let pongs = 0;
      client.socket.on('pong', () => pongs++);
      client.socket.ping();
      const trades = move(3);
      assert.deepEqual(await sent(other), idsOf(trades));
      other.socket.ping();
      await new Promise((resolve) => other.socket.once('pong', resolve));
      assert.deepEqual([client.heard.length, pongs, client.ended], [heard, 0, undefined]);
    });
  });

  it('cuts off a client that does not read', async () => {
    await begin({ bufferLimit: 100_000, rate: 4000 });
    client = await follow();
    client.socket.pause();
    while (!kinds().includes('slow consumer')) {
      clock.move(1);
      exchange.tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.socket.resume();
    assert.equal(await client.until('the end', ({ ended }) => ended), 1006);
  });

  describe('with its trades', () => {
    beforeEach(async () => {
      await begin();
      client = await follow();
    });

    it('mutes a product while its heartbeats count', async () => {
      exchange.faults.muteProduct('coinbase', pair, 100_000);
      const trades = move(3);
      assert.ok(trades.length > 10);
      assert.deepEqual(await sent(), []);
      const [heartbeat] = client.values(({ type }) => type === 'heartbeat');
      assert.equal(String(heartbeat?.last_trade_id), trades.at(-1)?.id);
    });

    it('keeps a product idle, and says 0 in heartbeats', async () => {
      exchange.faults.idle('coinbase', pair, 60_000);
      exchange.faults.zeroHeartbeats('coinbase', pair, 100_000);
      assert.deepEqual(move(50), []);
      assert.deepEqual(await sent(), []);
      assert.equal(client.values(({ type }) => type === 'heartbeat')[0]?.last_trade_id, 0);
      assert.ok(move(30).length > 10);
    });

    it('omits trades on the stream that REST has', async () => {
      const ids = exchange.faults.omit('coinbase', pair, 4);
      const happened = idsOf(move(3));
      assert.deepEqual(happened.slice(0, 4), ids);
      assert.deepEqual(await sent(), happened.slice(4));
      assert.deepEqual((await listed()).slice(-happened.length), happened);
    });

    it('hides trades in REST for some time', async () => {
      const ids = exchange.faults.hide('coinbase', pair, 3, 300);
      const happened = idsOf(move(3));
      assert.deepEqual(await sent(), happened.slice(3));
      const first = await listed();
      assert.deepEqual([first.length, first.slice(3 - happened.length)], [1000, happened.slice(3)]);
      while (!(await listed()).includes(String(ids[0]))) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual((await listed()).slice(-happened.length), happened);
    });

    it('loses trades for good', async () => {
      const ids = exchange.faults.lose('coinbase', pair, 3);
      const happened = idsOf(move(3));
      assert.equal(happened[0], String(Number(ids.at(-1)) + 1));
      assert.deepEqual(await sent(), happened);
      assert.deepEqual((await listed()).slice(-happened.length), happened);
      assert.ok(!(await listed()).some((id) => ids.includes(id)));
    });

    it('sends trades twice, and in another order', async () => {
      const twice = exchange.faults.double('coinbase', pair, 2);
      let happened = idsOf(move(3));
      assert.deepEqual(await sent(), [twice[0], ...happened.slice(0, 2), ...happened.slice(1)]);
      const turned = exchange.faults.reorder('coinbase', pair, 4);
      happened = idsOf(move(3));
      assert.deepEqual((await sent()).slice(-happened.length), [...turned.reverse(), ...happened.slice(4)]);
    });

    it('sends messages that are broken, wrong, or errors', async () => {
      const ids = [
        ...exchange.faults.malform('coinbase', pair),
        ...exchange.faults.misprice('coinbase', pair),
        ...exchange.faults.replace('coinbase', pair),
      ];
      // All three concern the next trade: the first that is named is done.
      assert.deepEqual(ids, [ids[0], ids[0], ids[0]]);
      move(1);
      await client.until('a broken message', ({ heard }) => heard.find(({ value }) => value === undefined));
      exchange.faults.misprice('coinbase', pair);
      move(1);
      await client.message('a wrong price', ({ price }) => price === 'abc');
      exchange.faults.replace('coinbase', pair);
      move(1);
      await client.message('an error', ({ type }) => type === 'error');
    });

    it('has trades of one time, and late ones', async () => {
      const same = exchange.faults.burst('coinbase', pair, 3);
      const happened = move(3);
      assert.deepEqual(idsOf(happened).slice(0, 3), same);
      assert.equal(new Set(happened.slice(0, 3).map(({ micros, price }) => `${String(micros)} ${price}`)).size, 1);
      const [late] = exchange.faults.late('coinbase', pair, 60_000);
      const trades = move(0);
      assert.deepEqual(idsOf(trades), [late]);
      assert.equal(trades[0]?.micros, clock.nowMicros() - 60_000_000);
      assert.deepEqual(await sent(), [...idsOf(happened), late]);
      const bars = exchange.ledger.bars('coinbase', pair, clock.nowMicros() - 60_000_000);
      assert.equal(bars[0]?.lastId, late);
    });

    it('renames a coin', async () => {
      exchange.faults.rename('coinbase', pair, 'NEW/USD');
      assert.deepEqual(move(5), []);
      assert.equal((await fetch(`${exchange.addresses('coinbase').url}/products/BTC-USD/trades`)).status, 404);
      client.send({ type: 'subscribe', product_ids: ['BTC-USD', 'NEW-USD'], channels: ['matches'] });
      const error = await client.message('the error', ({ type }) => type === 'error');
      assert.equal(error.reason, 'BTC-USD is not valid');
      await client.message('a trade', ({ product_id }) => product_id === 'NEW-USD');
    });

    it('refuses one product among several', async () => {
      exchange.faults.refuseProduct('coinbase', 'ETH/USD');
      const subscribe = { type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channels: ['matches'] };
      client.send(subscribe);
      const error = await client.message('the error', ({ type }) => type === 'error');
      assert.equal(error.reason, 'ETH-USD is not valid');
      exchange.faults.offerProduct('coinbase', 'ETH/USD');
      client.send(subscribe);
      await client.message('the last trade', ({ product_id }) => product_id === 'ETH-USD');
    });
  });

  it('sends several trades in one message of Kraken, twice, wrong and broken', async () => {
    await begin();
    client = await followKraken();
    const same = exchange.faults.burst('kraken', pair, 3);
    const twice = exchange.faults.double('kraken', pair, 4);
    move(2, 'kraken');
    const updates = () => client.values(({ channel, type }) => channel === 'trade' && type === 'update');
    await client.until('two updates', () => updates().length === 2);
    const ids = updates().map(({ data }) => (data as { trade_id: number }[]).map(({ trade_id }) => String(trade_id)));
    assert.deepEqual([ids[0]?.slice(0, 3), ids[0]?.slice(0, 4), ids[1]], [same, twice, twice]);
    exchange.faults.malform('kraken', pair);
    move(2, 'kraken');
    await client.until('a broken message', ({ heard }) => heard.find(({ value }) => value === undefined));
    exchange.faults.misprice('kraken', pair);
    move(2, 'kraken');
    await client.until('a wrong price', ({ heard }) => heard.find(({ text }) => text.includes('"price":"abc"')));
    exchange.faults.replace('kraken', pair);
    move(2, 'kraken');
    await client.message('an error', ({ error }) => error !== undefined);
  });

  it('shows candles that differ from the trades, for good or until they are corrected', async () => {
    await begin();
    const candle = async () => {
      const response = await fetch(`${exchange.addresses('coinbase').url}/products/BTC-USD/candles?granularity=60`);
      const [row] = (await response.json()) as number[][];
      return { high: row?.[2] ?? 0, volume: row?.[5] ?? 0 };
    };
    const { high, volume } = await candle();
    exchange.faults.correctVolume('coinbase', pair, 300);
    const corrected = await candle();
    assert.ok(Math.abs(corrected.volume / volume - 0.7) < 0.01 && corrected.high === high);
    while ((await candle()).volume !== volume) await new Promise((resolve) => setImmediate(resolve));
    exchange.faults.bendCandle('coinbase', pair);
    const bent = await candle();
    assert.ok(bent.volume > volume * 1.2 && bent.high > high);
    assert.equal(Number(exchange.ledger.bars('coinbase', pair).at(-1)?.volume), volume);
  });

  it('fails requests, and says when to come again', async () => {
    await begin();
    exchange.faults.failRequests('kraken', { status: 429, count: 2, retryAfter: 3 });
    exchange.faults.failRequests('kraken', { status: 200, body: '{"error":["EService:Unavailable"]}' });
    const answers = [];
    for (let at = 0; at < 4; at++) {
      const response = await fetch(`${exchange.addresses('kraken').url}/0/public/Time`);
      answers.push([response.status, response.headers.get('retry-after'), (await response.text()).slice(0, 10)]);
    }
    assert.deepEqual(answers, [
      [429, '3', '{"message"'],
      [429, '3', '{"message"'],
      [200, null, '{"error":['],
      [200, null, '{"error":['],
    ]);
  });
});
