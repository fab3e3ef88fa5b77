import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSupervisor, runFolder } from '../../../src/local/supervisor/parts.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { TestLake } from '../../support/lake.ts';
import { openSender, readTopic, recreateTopic, type Sent } from '../../support/topic.ts';

const second = 1000;
const quotesTopic = 'coinbase-currencies';
const tradesTopic = 'coinbase-trades';
const coins = ['BTC', 'ETH', 'SOL', 'LTC'];
const begin = Math.floor(Date.now() / 60_000) * 60_000 - 5 * 24 * 3_600_000;

/** The bar of a minute, counted from the beginning of the test. */
function bar(minute: number, price: number): Sent {
  const pair = `${coins[minute % coins.length] ?? ''}/USD`;
  const t = new Date(begin + minute * 60_000).toISOString();
  const values = { c: price, h: 9999, l: 1, n: 3, o: 5, t, v: 1.5, vw: 6 };
  return { key: pair, value: JSON.stringify({ bars: { [pair]: values } }), headers: { source: 'simulate' } };
}

function trade(user: number): { id: string; sent: Sent } {
  const id = randomUUID();
  const at = new Date();
  const value = {
    ...{ transaction_id: id, document_id: String(user), asset_id: 'BTC', asset_type: 'USD' },
    ...{ transaction_timestamp: at.toISOString(), trade_type: 'BUY', quantity: 1 },
    ref_date: at.toISOString().slice(0, 10),
  };
  return { id, sent: { key: String(user), value: JSON.stringify(value), headers: { source: 'user' } } };
}

/** A topic that no longer holds what the tables hold. What is acknowledged afterwards must arrive, and no row may move back. */
describe('a topic that went back', function () {
  this.timeout(400 * second);
  let lake: TestLake;
  /** what was acknowledged and must be there: the last price of each minute, and each trade */
  const prices = new Map<number, number>();
  const trades = new Set<string>();

  before(async () => {
    lake = await TestLake.prepare();
    await lake.run('up', '--no-produce');
  });
  after(async () => {
    await lake.remove();
  });

  /** Sends with all acknowledgements, in batches of 20 records, and notes what must arrive. */
  async function send(bars: [minute: number, price: number][], count: number): Promise<void> {
    const sender = await openSender(lake.broker);
    try {
      for (let at = 0; at < bars.length; at += 20) {
        const some = bars.slice(at, at + 20);
        await sender.send(
          quotesTopic,
          some.map(([minute, price]) => bar(minute, price)),
        );
        for (const [minute, price] of some) prices.set(minute, price);
      }
      for (let at = 0; at < count; at += 20) {
        const some = Array.from({ length: Math.min(20, count - at) }, (_, user) => trade(user));
        await sender.send(
          tradesTopic,
          some.map(({ sent }) => sent),
        );
        for (const { id } of some) trades.add(id);
      }
    } finally {
      await sender.close();
    }
  }

  const minutes = (from: number, to: number, price: number): [number, number][] =>
    Array.from({ length: to - from }, (_, at) => [from + at, price + at]);

  async function found() {
    const rows = await lake.query<{ minute: number; price: number; generation: number }>(
      `select cast((epoch(start_window) - ${String(begin / 1000)}) / 60 as integer) as minute,
        cast(price_crypto as double) as price, revision >> 40 as generation from crypto_db.crypto_quote`,
    );
    const ids = await lake.query<{ id: string }>('select transaction_id as id from crypto_db.crypto_trader');
    const documents = await lake.documents();
    return {
      quotes: new Map(rows.map(({ minute, price }) => [minute, price])),
      trades: new Set(ids.map(({ id }) => id)),
      documents: new Map(
        [...documents.values()].map((its) => [
          (Date.parse(String(its['start_window'])) - begin) / 60_000,
          Number(its['price_crypto']),
        ]),
      ),
      counts: { quotes: rows.length, trades: ids.length },
    };
  }

  const inOrder = (all: Map<number, number>) => [...all].sort(([one], [other]) => one - other);

  /** Waits until all that was acknowledged is there, and proves that nothing else is. */
  async function proveAll(): Promise<void> {
    await awaitAnswer(
      async () => {
        const now = await found();
        const isThere = [now.quotes, now.documents].every((all) =>
          [...prices].every(([minute, price]) => all.get(minute) === price),
        );
        return isThere && now.trades.size === trades.size ? true : undefined;
      },
      { withinMs: 120 * second, everyMs: 1000 },
    );
    const now = await found();
    assert.deepEqual(inOrder(now.quotes), inOrder(prices), 'crypto_quote');
    assert.deepEqual(inOrder(now.documents), inOrder(prices), 'the index');
    assert.deepEqual([...now.trades].sort(), [...trades].sort(), 'crypto_trader');
    assert.deepEqual(now.counts, { quotes: prices.size, trades: trades.size });
  }

  const logs = () =>
    readdirSync(join(lake.data, 'kafka', 'log')).filter((name) => /^coinbase-(currencies|trades)-/.test(name));

  /** Cuts each log of quotes and trades to its half, as a disk that has lost the end of a file. */
  function cut(): void {
    for (const name of logs()) {
      const file = join(lake.data, 'kafka', 'log', name, '00000000000000000000.log');
      truncateSync(file, Math.floor(statSync(file).size / 2));
    }
  }

  /** Kills the broker and lets something happen to its files before the supervisor starts it again. */
  async function whileBrokerIsAway(act: () => void): Promise<void> {
    const supervisor = readSupervisor(runFolder(lake.data, tmpdir()).supervisor)?.pid ?? 0;
    process.kill(supervisor, 'SIGSTOP');
    try {
      process.kill(await lake.pidOf('kafka'), 'SIGKILL');
      act();
    } finally {
      process.kill(supervisor, 'SIGCONT');
    }
  }

  /** Of the topics of quotes, user trades, market trades and bad records. */
  const generations = async () => (await lake.status()).topics.map(({ generation }) => generation);

  async function awaitGenerations(...expected: number[]): Promise<void> {
    let last: number[] = [];
    const same = await awaitAnswer(
      async () => {
        last = await generations();
        return last.join() === expected.join() ? true : undefined;
      },
      { withinMs: 180 * second, everyMs: 1000 },
    );
    assert.ok(same, `${last.join()} instead of ${expected.join()}`);
  }

  it('after a start with a log that was cut, all that is acknowledged later arrives, and no row moves back', async () => {
    // The second half, which is lost, revises what the first half says.
    await send([...minutes(0, 60, 100), ...minutes(0, 60, 200)], 120);
    await proveAll();
    await lake.halt();
    cut();
    await lake.run('up', '--no-produce');
    await proveAll();
    await send([...minutes(60, 380, 300), ...minutes(0, 20, 400)], 340);
    await proveAll();
    assert.deepEqual(await generations(), [2, 2, 1, 1]);
    const told = await lake.named('topic-renewed', /coinbase-currencies/);
    assert.match(told.what, /coinbase-currencies has lost its last records: partition \d from \d+ to \d+/);
    await lake.sound('topic-renewed');
  });

  it('also when the log is longer again before any job has looked', async () => {
    await lake.halt();
    cut();
    const up = lake.run('up', '--no-produce');
    // It waits for the broker, which is there before the jobs are.
    await send(minutes(1000, 1700, 500), 400);
    await up;
    await proveAll();
    assert.deepEqual(await generations(), [3, 3, 1, 1]);
    assert.equal((await lake.query('select 1 from crypto_db.bad_record')).length, 0);
  });

  it('while it runs: the supervisor has a new generation begun by itself', async () => {
    await whileBrokerIsAway(cut);
    await send([...minutes(1700, 1760, 600), ...minutes(0, 10, 700)], 60);
    await proveAll();
    await lake.sound('topic-renewed', 'part-restarted');
    assert.deepEqual(await generations(), [4, 4, 1, 1]);
  });

  it('a topic that somebody else has deleted and created again begins a new generation', async () => {
    await recreateTopic(lake.broker, quotesTopic, 2);
    // More than before, so that its end does not tell.
    await send([...minutes(2000, 4500, 10), ...minutes(0, 10, 800)], 20);
    await proveAll();
    await lake.named('topic-renewed', /coinbase-currencies was deleted and created again/);
    await lake.sound('topic-renewed', 'part-restarted');
    assert.deepEqual(await generations(), [5, 4, 1, 1]);
  });

  it('a broker whose folder is gone gets its topics back, as new generations', async () => {
    await whileBrokerIsAway(() => {
      rmSync(join(lake.data, 'kafka', 'log'), { recursive: true });
    });
    await awaitGenerations(6, 5, 2, 2);
    await lake.settle();
    await send([...minutes(5000, 5100, 900), ...minutes(0, 10, 900)], 50);
    await proveAll();
    await lake.sound('topic-renewed', 'part-restarted');
    assert.deepEqual(await generations(), [6, 5, 2, 2]);
  });

  it('with producers of its own, which run on: what they have sent since is in the table', async () => {
    await lake.run('produce', 'trades', '--rate', '50');
    await lake.settle();
    const producer = await lake.pidOf('producer-trades');
    await whileBrokerIsAway(cut);
    await awaitGenerations(7, 6, 2, 2);
    await lake.sound('topic-renewed', 'part-restarted');
    assert.equal(await lake.pidOf('producer-trades'), producer);
    const before = (await readTopic(lake.broker, tradesTopic)).length;
    await awaitAnswer(
      async () => ((await readTopic(lake.broker, tradesTopic)).length > before + 100 ? true : undefined),
      { withinMs: 60 * second, everyMs: 500 },
    );
    await lake.run('produce', '--stop');
    await lake.settle();
    const rows = new Set((await found()).trades);
    const sent = (await readTopic(lake.broker, tradesTopic)).map(({ value }) => {
      const { transaction_id: id } = JSON.parse(String(value)) as { transaction_id: string };
      return id;
    });
    assert.ok(sent.length > 100);
    assert.deepEqual(
      sent.filter((id) => !rows.has(id)),
      [],
    );
  });

  it('is no reason for a second "up" to change anything', async () => {
    const lines = (await lake.run('up', '--no-produce', '--json')).trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as { event: string; changed: string[] };
    assert.deepEqual([last.event, last.changed], ['up', []]);
  });
});
