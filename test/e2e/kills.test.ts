import assert from 'node:assert/strict';
import { TestLake } from '../support/lake.ts';
import { readTopic } from '../support/topic.ts';

const second = 1000;

interface Expected {
  close: number;
  revision: number;
}

/** What the tables must hold: the last record of each coin and minute, by the log of the topic. */
async function expectedQuotes(broker: string): Promise<Map<string, Expected>> {
  const expected = new Map<string, Expected>();
  for (const record of await readTopic(broker, 'coinbase-currencies')) {
    const { bars } = JSON.parse(record.value?.toString('utf8') ?? '') as {
      bars: Record<string, { t: string; c: number }>;
    };
    for (const [pair, { t, c }] of Object.entries(bars)) {
      const id = `${pair.replace('/', '-')}-${new Date(t).toISOString().replace('.000Z', 'Z')}`;
      const known = expected.get(id);
      if (known === undefined || known.revision < record.offset)
        expected.set(id, { close: c, revision: record.offset });
    }
  }
  return expected;
}

describe('a lake whose parts are killed under load', function () {
  this.timeout(300 * second);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare();
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,LTC/USD,ETH/USD,SOL/USD');
    await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '200');
    await lake.run('produce', 'trades', '--rate', '100');
  });

  after(async () => {
    await lake.remove();
  });

  for (const part of ['spark', 'kafka', 'elasticsearch', 'producer-quotes']) {
    it(`is repaired by "up" after a kill -9 of ${part}`, async () => {
      const killed = await lake.pidOf(part);
      process.kill(killed, 'SIGKILL');
      await lake.run('up');
      // "up" went back to the declared rates; the load goes on.
      await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '200');
      await lake.run('produce', 'trades', '--rate', '100');
      assert.notEqual(await lake.pidOf(part), killed);
    });
  }

  it('lets its parts go on when the resident process is killed, and takes them over again', async () => {
    const before = await lake.status();
    assert.ok(before.resident);
    process.kill(before.resident.pid, 'SIGKILL');
    const without = await lake.status();
    assert.equal(without.resident, undefined);
    assert.deepEqual(
      without.parts.map((part) => part.state),
      without.parts.map(() => 'up'),
    );
    await lake.run('up');
    const after = await lake.status();
    const pids = (status: typeof after) =>
      status.parts.filter((part) => !part.id.startsWith('producer')).map((part) => part.pid);
    assert.deepEqual(pids(after), pids(before));
    assert.ok(after.resident);
  });

  it('has lost nothing and doubled nothing', async () => {
    await lake.run('produce', '--stop');
    await lake.settle();
    const expected = await expectedQuotes(lake.broker);
    assert.ok(expected.size > 4);
    const rows = await lake.query<{ id: string; close: number; revision: number }>(
      `select asset_id || '-' || asset_type || '-' || strftime(start_window, '%Y-%m-%dT%H:%M:%SZ') as id,
              price_crypto::double as close, revision % (1::bigint << 40) as revision from crypto_db.crypto_quote`,
    );
    assert.equal(rows.length, new Set(rows.map((row) => row.id)).size);
    assert.equal(rows.length, expected.size);
    const documents = await lake.documents();
    assert.equal(documents.size, expected.size);
    for (const row of rows) {
      const last = expected.get(row.id);
      assert.ok(last, `${row.id} is in no record`);
      assert.equal(row.close, last.close, row.id);
      assert.equal(documents.get(row.id)?.['price_crypto'], last.close, row.id);
    }
    const sent = new Set(
      (await readTopic(lake.broker, 'coinbase-trades')).map(
        (record) => (JSON.parse(record.value?.toString('utf8') ?? '') as { transaction_id: string }).transaction_id,
      ),
    );
    const trades = await lake.query<{ n: number; ids: number }>(
      'select count(*) as n, count(distinct transaction_id) as ids from crypto_db.crypto_trader',
    );
    assert.ok(sent.size > 100);
    assert.deepEqual(
      trades.map((row) => [Number(row.n), Number(row.ids)]),
      [[sent.size, sent.size]],
    );
    const bad = await lake.query<{ n: number }>('select count(*) as n from crypto_db.bad_record');
    assert.equal(Number(bad[0]?.n), 0);
  });
});
