import assert from 'node:assert/strict';
import { Tape, tapeLength } from '../../../../src/local/dashboard/tape.ts';

const at = (second: number) => new Date(Date.UTC(2026, 11, 1, 5, 0, second)).toISOString().replace('.000Z', 'Z');

interface Sent {
  id: number | string;
  pair?: string;
  time?: string;
  price?: string;
  source?: string;
  producedAt?: number;
}

/** A record as the producer writes it: decimals are numbers of any length. */
const record = ({ id, pair = 'BTC/USD', time = at(Number(id)), price = '91000.25', source, producedAt }: Sent) => ({
  value: Buffer.from(
    `{"pair":"${pair}","id":${String(id)},"time":"${time}","price":${price},"quantity":0.5,"side":"buy"}`,
  ),
  ...{ source: source ?? 'coinbase', producedAt: producedAt ?? 1000 },
});
const idsOf = (tape: Tape, coin = 'BTC/USD') => tape.read(coin, undefined).trades.map(({ id }) => id);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('Tape', () => {
  it('has the newest trades of a coin in the order of their times, whatever the order in which they came', () => {
    const tape = new Tape();
    const times = ['05:00:01Z', '05:00:01.2Z', '05:00:01.200001Z', '05:00:02Z'].map((time) => `2026-12-01T${time}`);
    const [first, second, third, fourth] = times.map((time, id) => record({ id: id + 7, time }));
    assert.ok(first && second && third && fourth);
    assert.deepEqual([...tape.take([fourth, second, first, third, second], 0)], ['BTC/USD']);
    assert.deepEqual(idsOf(tape), ['10', '9', '8', '7']);
    assert.equal(tape.read('BTC/USD', undefined).trades[1]?.time, '2026-12-01T05:00:01.200001Z');
    tape.take([record({ id: 10, time: times[3] ?? '', source: 'kraken' }), record({ id: 1, pair: 'ETH/USD' })], 0);
    assert.deepEqual(idsOf(tape), ['10', '10', '9', '8', '7']);
    assert.deepEqual(idsOf(tape, 'ETH/USD'), ['1']);
    assert.deepEqual(idsOf(tape, 'LTC/USD'), []);
  });

  it('has the trades of a renamed coin under its new name', () => {
    const tape = new Tape({ MATIC: 'POL' });
    const trades = [record({ id: 1, pair: 'MATIC/USD' }), record({ id: 2, pair: 'POL/USD' })];
    assert.deepEqual([...tape.take(trades, 0)], ['POL/USD']);
    assert.deepEqual(idsOf(tape, 'POL/USD'), ['2', '1']);
  });

  it('keeps every digit of ids and prices, and leaves out what is no trade', () => {
    const tape = new Tape();
    const odd = [
      '',
      '{',
      '[]',
      'null',
      '{"pair":"BTC/USD","watched":{"first":1,"last":2}}',
      '{"pair":"BTC/USD","id":1}',
    ];
    const hole = '{"pair":"BTC/USD","hole":{"first":1,"last":2,"from":"x","to":"y","state":"open","reason":"a \\":1"}}';
    tape.take(
      [
        ...[...odd, hole].map((text) => ({ value: Buffer.from(text), source: 'coinbase', producedAt: 1 })),
        record({ id: '2203500000000000123', time: at(1), price: '0.000000042535', source: 'alpaca-stream' }),
        record({ id: '2203500000000000124', time: at(1), price: '123456789012.123456789012', source: 'alpaca-stream' }),
        record({ id: 5, time: 'yesterday' }),
      ],
      0,
    );
    assert.deepEqual(
      tape.read('BTC/USD', undefined).trades.map(({ id, price, quantity, side }) => [id, price, quantity, side]),
      [
        ['2203500000000000124', '123456789012.123456789012', '0.5', 'buy'],
        ['2203500000000000123', '0.000000042535', '0.5', 'buy'],
      ],
    );
  });

  it('counts the trades that came and went between two answers', () => {
    const tape = new Tape();
    tape.take(
      range(0, 5).map((id) => record({ id })),
      0,
    );
    const first = tape.read('BTC/USD', undefined);
    assert.deepEqual([first.trades.length, first.skipped], [5, 0]);
    tape.take(
      range(5, 45).map((id) => record({ id })),
      0,
    );
    const second = tape.read('BTC/USD', first.next);
    assert.deepEqual([second.trades.length, second.skipped], [tapeLength, 10]);
    assert.equal(second.trades[0]?.id, '44');
    assert.equal(tape.read('BTC/USD', second.next).skipped, 0);
    // An old trade from the history is not among the newest, and a repeat is none.
    assert.deepEqual([...tape.take([record({ id: 2 }), record({ id: 44 })], 0)], []);
    assert.equal(tape.read('BTC/USD', second.next).skipped, 0);
    tape.lose();
    assert.equal(tape.read('BTC/USD', second.next).skipped, null);
    assert.equal(tape.read('BTC/USD', 'nonsense').skipped, null);
  });

  it('counts no trade that was there before somebody looked', () => {
    const tape = new Tape();
    const { next } = tape.read('BTC/USD', undefined);
    tape.take(
      range(0, 100).map((id) => record({ id, producedAt: 10 })),
      20,
    );
    assert.equal(tape.read('BTC/USD', next).skipped, 0);
    assert.equal(tape.read('BTC/USD', next).trades.length, tapeLength);
  });

  it('is filled from the table once, and again when trades may be missing', () => {
    const tape = new Tape();
    const row = { source: 'coinbase', price: '91000.250000000000', quantity: '1.000000000000', side: null };
    assert.equal(tape.isFilled('BTC/USD'), false);
    tape.take([record({ id: 8 })], 0);
    tape.fill('BTC/USD', [
      { ...row, id: '9', time: '2026-12-01T05:00:09.5Z' },
      { ...row, id: '8', time: at(8) },
      { ...row, id: '7', time: at(7) },
    ]);
    assert.deepEqual(idsOf(tape), ['9', '8', '7']);
    assert.equal(tape.isFilled('BTC/USD'), true);
    tape.refill();
    assert.equal(tape.isFilled('BTC/USD'), false);
    assert.deepEqual(idsOf(tape), ['9', '8', '7']);
  });
});
