import assert from 'node:assert/strict';
import { Client } from '../../../support/exchange/client.ts';
import { drawDay } from '../../../support/exchange/day.ts';
import { Exchange } from '../../../support/exchange/exchange.ts';
import { HandClock } from '../../../support/exchange/hand-clock.ts';
import { act, drawFaults, faultKinds, type Drawn, type ScheduleOptions } from '../../../support/exchange/schedule.ts';

function draw(options: ScheduleOptions, count = 200): Drawn[] {
  const drawn = drawFaults(options, ['coinbase', 'kraken'], ['BTC/USD', 'ETH/USD']);
  const list: Drawn[] = [];
  for (const each of drawn) if (list.push(each) === count) break;
  return list;
}

interface Row {
  trade_id: number;
  price: string;
  size: string;
  time: string;
}

/** So many trades, newest first. */
async function newest(url: string, count: number): Promise<Row[]> {
  const rows: Row[] = [];
  while (rows.length < count) {
    const after = rows.length === 0 ? '' : `?after=${String(rows.at(-1)?.trade_id)}`;
    rows.push(...((await (await fetch(`${url}${after}`)).json()) as Row[]));
  }
  return rows.slice(0, count);
}

describe('a schedule of faults', () => {
  it('follows from its seed, and has all kinds', () => {
    const many = draw({ level: 'many', seed: 4 });
    assert.deepEqual(draw({ level: 'many', seed: 4 }), many);
    assert.notDeepEqual(draw({ level: 'many', seed: 5 }), many);
    assert.deepEqual(new Set(many.map(({ kind }) => kind)), new Set(faultKinds));
    assert.equal(many.filter(({ kind }) => kind === 'rename').length, 1);
    const mean = many.reduce((sum, { afterMs }) => sum + afterMs, 0) / many.length;
    assert.ok(mean > 4_000 && mean < 8_000, String(mean));
    assert.deepEqual(draw({ level: 'none' }), []);
    assert.ok(draw({ kinds: ['drop', 'mute'] }).every(({ kind }) => kind === 'drop' || kind === 'mute'));
  });

  it('is done by the exchange, which notes what it did and when', async () => {
    const exchange = await new Exchange({
      ...{ pairs: ['BTC/USD'], venues: ['coinbase'], rate: 200 },
      ...{ faults: { everyMs: 2, kinds: ['omit', 'double', 'late'], seed: 9 } },
    }).start();
    while (exchange.faults.log.length < 20) await new Promise((resolve) => setImmediate(resolve));
    await exchange.close();
    const kinds = exchange.faults.log.slice(0, 20).map(({ kind }) => kind);
    const words = { omit: 'omitted', double: 'doubled', late: 'late' };
    const drawn = drawFaults({ everyMs: 2, kinds: ['omit', 'double', 'late'], seed: 9 }, ['coinbase'], ['BTC/USD']);
    assert.deepEqual(
      kinds,
      kinds.map(() => words[(drawn.next().value as Drawn).kind as keyof typeof words]),
    );
    const [first] = exchange.faults.log;
    assert.ok(Math.abs((first?.atMs ?? 0) - Date.now()) < 10_000);
    assert.ok(Math.abs((first?.atMicros ?? 0) / 1000 - (first?.atMs ?? 0)) < 1000);
  });

  it('leaves the ledger and REST in agreement, whatever was done', async () => {
    const clock = new HandClock();
    const exchange = await new Exchange({
      ...{ clock, pairs: ['BTC/USD', 'ETH/USD'], venues: ['coinbase'], rate: 100, limitsRequests: false },
    }).start();
    const drawn = drawFaults({ seed: 2, level: 'many' }, ['coinbase'], ['BTC/USD', 'ETH/USD']);
    const left = new Set(faultKinds.filter((kind) => kind !== 'rename' && kind !== 'shut-door'));
    const client = await Client.open(exchange.addresses('coinbase').stream);
    client.send({ type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channels: ['matches', 'heartbeat'] });
    while (left.size > 0) {
      const { value } = drawn.next();
      if (!value || value.kind === 'rename' || value.kind === 'shut-door') continue;
      left.delete(value.kind);
      act(exchange.faults, { ...value, ms: Math.min(value.ms, 20) });
      clock.move(2);
      exchange.tick();
    }
    const url = `${exchange.addresses('coinbase').url}/products/BTC-USD/trades`;
    const market = exchange.feeds.get('coinbase')?.market;
    market?.refusals.splice(0);
    await client.until('the end', ({ ended }) => ended);
    const truth = exchange.ledger.trades('coinbase', 'BTC/USD').sort((one, other) => Number(other.id) - Number(one.id));
    let rows: Row[] = [];
    // What was hidden for a moment comes back.
    while (rows.at(-1)?.trade_id !== Number(truth.at(-1)?.id) || rows.length < truth.length) {
      rows = await newest(url, truth.length);
    }
    assert.deepEqual(
      rows.map(({ trade_id, price, size, time }) => [String(trade_id), price, size, time]),
      truth.map(({ id, price, quantity, time }) => [id, price, quantity, time]),
    );
    const { holes } = exchange.ledger.tape('coinbase', 'BTC/USD');
    assert.ok(holes.size > 0);
    client.close();
    await exchange.close();
  });
});

describe('a day of an exchange that does wrong', () => {
  const options = { overMs: 60_000, trades: 10_000, disconnects: 20, mutes: 3, untidy: 0.05 };
  const day = drawDay(options, ['coinbase', 'kraken'], ['BTC/USD', 'ETH/USD']);

  it('has as much of each kind as it was given', () => {
    const count = (...kinds: string[]) => day.filter(({ kind }) => kinds.includes(kind)).length;
    assert.equal(count('drop', 'hang-up', 'expire'), 20);
    assert.equal(count('mute'), 3);
    const untidy = day.reduce((sum, { kind, count }) => {
      if (kind === 'double') return sum + count;
      return kind === 'reorder' ? sum + count + 1 : sum;
    }, 0);
    assert.ok(untidy >= 500 && untidy < 515, String(untidy));
  });

  it('follows from its seed, and ends in time', () => {
    assert.deepEqual(drawDay(options, ['coinbase', 'kraken'], ['BTC/USD', 'ETH/USD']), day);
    const last = day.reduce((sum, { afterMs }) => {
      assert.ok(afterMs >= 0);
      return sum + afterMs;
    }, 0);
    assert.ok(last > 50_000 && last <= 60_000, String(last));
  });
});
