import assert from 'node:assert/strict';
import { makeTrade, uuid7 } from '../../../src/local/trade.ts';
import type { Fault } from '../../../src/errors.ts';

const now = new Date('2025-07-08T23:59:59.999Z');
const order = { type: 'BUY' as const, coin: 'btc', quantity: '0.250000000001', user: '42' };

describe("a user's own trade", () => {
  it('keeps the digits as they were typed', () => {
    const { json } = makeTrade(order, { coins: ['LTC/USD', 'BTC/USD'], renamed: {} }, now);
    assert.match(json, /"quantity":0\.250000000001,/);
    const event = JSON.parse(json) as Record<string, unknown>;
    assert.equal(event['asset_id'], 'BTC');
    assert.equal(event['asset_type'], 'USD');
    assert.equal(event['transaction_timestamp'], '2025-07-08T23:59:59.999Z');
    assert.equal(event['ref_date'], '2025-07-08');
  });

  it('is one of the present name of a renamed coin, unless the lake follows the former name, too', () => {
    const asset = (coin: string, coins: string[]) =>
      makeTrade({ ...order, coin }, { coins, renamed: { MATIC: 'POL' } }, now).event.asset_id;
    assert.equal(asset('matic', ['BTC/USD', 'POL/USD']), 'POL');
    assert.equal(asset('MATIC/USD', ['BTC/USD', 'POL/USD']), 'POL');
    assert.equal(asset('MATIC', ['MATIC/USD', 'POL/USD']), 'MATIC');
    assert.throws(() => asset('MATIC', ['BTC/USD']), { message: 'unknown coin MATIC' });
  });

  it('is refused for an unknown coin, with the coins there are', () => {
    assert.throws(
      () => makeTrade({ ...order, coin: 'DOGE' }, { coins: ['BTC/USD'], renamed: {} }, now),
      (fault: Fault) => fault.exitCode === 2 && (fault.next ?? '').includes('BTC/USD'),
    );
  });

  for (const quantity of ['0', '-1', 'much', '1e3', '0.0000000000001', '']) {
    it(`is refused for the quantity "${quantity}"`, () => {
      assert.throws(
        () => makeTrade({ ...order, quantity }, { coins: ['BTC/USD'], renamed: {} }, now),
        (fault: Fault) => fault.kind === 'usage',
      );
    });
  }
});

describe("the user of one's own trade", () => {
  for (const user of ['', '  ', 'x'.repeat(201)]) {
    it(`is refused with ${String(user.length)} characters of "${user.slice(0, 2)}"`, () => {
      assert.throws(
        () => makeTrade({ ...order, user }, { coins: ['BTC/USD'], renamed: {} }, now),
        (fault: Fault) => fault.kind === 'usage' && fault.where === '--user',
      );
    });
  }

  it('may have 200', () => {
    assert.equal(
      makeTrade({ ...order, user: 'x'.repeat(200) }, { coins: ['BTC/USD'], renamed: {} }, now).event.document_id.length,
      200,
    );
  });
});

describe('a version 7 UUID', () => {
  it('starts with the milliseconds and says its version', () => {
    const id = uuid7(now);
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(parseInt(id.replace('-', '').slice(0, 12), 16), now.getTime());
  });
});
