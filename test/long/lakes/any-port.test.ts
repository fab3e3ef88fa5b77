import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { TestLake } from '../../support/lake.ts';

describe('a lake whose port is taken', function () {
  this.timeout(120_000);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare();
  });

  after(async () => {
    await lake.remove();
  });

  it('uses another one with --any-port, which all later commands know', async () => {
    const port = Number(lake.env['CRYPTODM_PORTS_KAFKA']);
    const holder = createServer().listen(port, '127.0.0.1');
    try {
      await lake.run('up', '--no-produce', '--any-port');
      const before = await lake.status();
      assert.equal(before.state, 'up');
      assert.ok(!before.parts.some((part) => part.ports.includes(port)));
      await lake.run('up', '--no-produce', '--any-port');
      const after = await lake.status();
      assert.deepEqual(
        after.parts.map((part) => [part.pid, ...part.ports]),
        before.parts.map((part) => [part.pid, ...part.ports]),
      );
      await lake.run('trade', 'buy', 'BTC', '1');
    } finally {
      holder.close();
    }
  });
});
