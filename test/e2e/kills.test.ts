import assert from 'node:assert/strict';
import { proveComplete } from '../support/completeness.ts';
import { TestLake } from '../support/lake.ts';

const second = 1000;

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
    await proveComplete(lake);
    const bad = await lake.query<{ n: number }>('select count(*) as n from crypto_db.bad_record');
    assert.equal(Number(bad[0]?.n), 0);
  });
});
