import assert from 'node:assert/strict';
import { Ledger, type Bar, type LedgerOptions, type Trade } from '../../../support/exchange/ledger.ts';
import { minuteOf } from '../../../support/exchange/minute-sum.ts';
import { isoSecond } from '../../../support/exchange/text.ts';
import { startClock } from '../../../support/exchange/clock.ts';

const second = 1_000_000;
const minute = 60 * second;
const origin = Date.parse('2026-03-10T12:00:00Z') * 1000;

function ledger(options: Partial<LedgerOptions> = {}): Ledger {
  return new Ledger({
    ...{ seed: 5, venues: ['coinbase', 'kraken', 'alpaca'], pairs: ['BTC/USD', 'PEPE/USD'], rate: 60 },
    ...{ historyRate: 0.1, historyMs: 25 * 3_600_000, originMicros: origin },
    ...options,
  });
}

/** Lets a product trade for some time, in steps. */
function run(ledger: Ledger, pair = 'BTC/USD', seconds = 200, step = 7): Ledger {
  for (let at = 0; at <= seconds; at += step) ledger.tape('coinbase', pair).advance(origin + at * second);
  ledger.tape('coinbase', pair).advance(origin + seconds * second);
  return ledger;
}

const idsOf = (trades: readonly Trade[]) => trades.map(({ id }) => BigInt(id));

describe('the ledger of an exchange', () => {
  it('follows from its seed, in any steps and any order of questions', () => {
    const one = run(ledger());
    const other = ledger();
    other.tape('coinbase', 'BTC/USD').advance(origin + 200 * second);
    const early = other.trades('coinbase', 'BTC/USD', origin - 3600 * second);
    assert.ok(early.length > 2000);
    assert.deepEqual(one.trades('coinbase', 'BTC/USD', origin - 3600 * second), early);
    assert.deepEqual(one.bars('coinbase', 'BTC/USD'), other.bars('coinbase', 'BTC/USD'));
    const third = run(ledger({ seed: 6 })).trades('coinbase', 'BTC/USD');
    assert.notDeepEqual(third.slice(0, 5), one.trades('coinbase', 'BTC/USD').slice(0, 5));
  });

  it('counts ids up by one into the past, and its times never go back', () => {
    const trades = run(ledger()).trades('coinbase', 'BTC/USD', 0);
    const ids = idsOf(trades);
    assert.equal(ids[0], (ids.at(-1) ?? 0n) - BigInt(ids.length - 1));
    assert.ok(trades.every(({ micros }, at) => micros >= (trades[at - 1]?.micros ?? 0)));
    assert.ok((trades[0]?.micros ?? Infinity) < origin - 24 * 60 * minute, 'history goes back a day');
    assert.ok(
      trades.some(({ micros }, at) => micros === trades[at - 1]?.micros),
      'some share a time',
    );
    assert.deepEqual(new Set(trades.map(({ side }) => side)), new Set(['buy', 'sell']));
  });

  it('has ids of 19 digits at Alpaca, which grow with gaps', () => {
    const made = ledger();
    made.tape('alpaca', 'BTC/USD').advance(origin + 100 * second);
    const ids = idsOf(made.trades('alpaca', 'BTC/USD', origin - 600 * second));
    assert.ok(ids.every((id, at) => String(id).length === 19 && id > (ids[at - 1] ?? 0n)));
    assert.ok(ids.every((id, at) => at === 0 || id - (ids[at - 1] ?? 0n) > 1n));
  });

  it('trades as often as asked for, also once in minutes', () => {
    const made = ledger({ pairs: ['BTC/USD', { pair: 'YFI/USD', rate: 1 / 240 }], rate: 300 });
    const busy = run(made, 'BTC/USD', 120).trades('coinbase', 'BTC/USD').length;
    assert.ok(Math.abs(busy / 12_000 - 1) < 0.4, String(busy));
    const idle = run(made, 'YFI/USD', 7200).trades('coinbase', 'YFI/USD').length;
    assert.ok(idle > 10 && idle < 60, String(idle));
  });

  it('adds up minutes exactly, as somebody else does from the trades', () => {
    for (const pair of ['BTC/USD', 'PEPE/USD']) {
      const made = run(ledger(), pair);
      const from = origin - 90 * minute;
      const bars = made.bars('coinbase', pair, from);
      assert.ok(bars.length > 60);
      assert.deepEqual(bars, addUp(made.trades('coinbase', pair, from)));
    }
  });

  it('takes trades that are added, with an earlier time too', () => {
    const made = run(ledger({ rate: 0 }), 'BTC/USD', 150);
    const tape = made.tape('coinbase', 'BTC/USD');
    const [bars] = [made.bars('coinbase', 'BTC/USD')];
    assert.deepEqual(bars, []);
    const trade = { price: '100000.01', quantity: '0.00000003', side: 'buy' } as const;
    const ids = [
      made.add('coinbase', 'BTC/USD', trade),
      made.add('coinbase', 'BTC/USD', { ...trade, price: '7', micros: origin + 61 * second }),
      made.add('coinbase', 'BTC/USD', { ...trade, side: 'sell', micros: origin + 5 * second }),
      made.add('coinbase', 'BTC/USD', { ...trade, price: '9', micros: origin - 5 * minute }),
    ];
    assert.equal(tape.advance(origin + 150 * second).length, 4);
    const trades = made.trades('coinbase', 'BTC/USD', origin - 60 * minute);
    assert.deepEqual(
      trades.map(({ id }) => id),
      [ids[3], ids[2], ids[1], ids[0]],
    );
    assert.deepEqual(
      made.bars('coinbase', 'BTC/USD', origin - 60 * minute).map((bar) => [bar.minute, bar.close, bar.volume]),
      [
        ['2026-03-10T11:55:00Z', '9.000000000000', '0.000000030000'],
        ['2026-03-10T12:00:00Z', '100000.010000000000', '0.000000030000'],
        ['2026-03-10T12:01:00Z', '7.000000000000', '0.000000030000'],
        ['2026-03-10T12:02:00Z', '100000.010000000000', '0.000000030000'],
      ],
    );
    assert.equal(made.bars('coinbase', 'BTC/USD').at(-1)?.notional, '0.0030000003');
  });

  it('keeps an idle product without trades, and its ids without a hole', () => {
    const made = run(ledger(), 'BTC/USD', 30);
    const tape = made.tape('coinbase', 'BTC/USD');
    tape.keepQuiet(origin + 90 * second);
    run(made, 'BTC/USD', 200);
    assert.deepEqual(made.trades('coinbase', 'BTC/USD', origin + 30 * second + 1, origin + 90 * second), []);
    const ids = idsOf(made.trades('coinbase', 'BTC/USD'));
    assert.equal(ids.length, Number((ids.at(-1) ?? 0n) - (ids[0] ?? 0n)) + 1);
  });

  it('has a clock that arrives at now and stays with it', async () => {
    const clock = startClock(Date.now() - 4_000, 100);
    assert.ok(clock.nowMicros() < (Date.now() - 2_000) * 1000);
    assert.equal(clock.speed(), 100);
    while (clock.speed() !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(Math.abs(clock.nowMicros() / 1000 - Date.now()) < 50);
  });
});

const scale = 10n ** 20n;
const exact = (text: string, places = 20): bigint => {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
};
const text = (value: bigint, places: number) =>
  `${String(value / 10n ** BigInt(places))}.${String(value % 10n ** BigInt(places)).padStart(places, '0')}`;

/** Minute bars by another way: everything in units of 10^-20, sorted by id. */
function addUp(trades: readonly Trade[]): Bar[] {
  const minutes = new Map<number, Trade[]>();
  for (const trade of trades) {
    const from = minuteOf(trade.micros);
    minutes.set(from, [...(minutes.get(from) ?? []), trade]);
  }
  return [...minutes].map(([from, group]) => {
    const sorted = [...group].sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
    const [first, last] = [sorted[0] as Trade, sorted.at(-1) as Trade];
    const prices = sorted.map(({ price }) => exact(price));
    const places = (value: string) => value.split('.')[1]?.length ?? 0;
    const volume = sorted.reduce((sum, { quantity }) => sum + exact(quantity), 0n);
    const notional = sorted.reduce((sum, { price, quantity }) => sum + exact(price) * exact(quantity), 0n);
    const digits = places(first.price) + places(first.quantity);
    const twelve = (value: bigint) => text(value / 10n ** 8n, 12);
    const quotient = (2n * notional * 10n ** 12n) / (volume * scale);
    return {
      ...{ minute: isoSecond(from), open: twelve(exact(first.price)), close: twelve(exact(last.price)) },
      ...{ high: twelve(prices.reduce((one, other) => (one > other ? one : other))) },
      ...{ low: twelve(prices.reduce((one, other) => (one < other ? one : other))), volume: twelve(volume) },
      ...{ notional: text(notional / 10n ** BigInt(40 - digits), digits), vwap: text((quotient + 1n) / 2n, 12) },
      ...{ count: sorted.length, firstId: first.id, lastId: last.id },
    };
  });
}
