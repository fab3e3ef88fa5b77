import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CutDisk } from '../../support/cut-disk.ts';
import { TestLake } from '../../support/lake.ts';
import { skipWithout } from '../../support/skipping.ts';
import { PowerLake } from '../../power/power-lake.ts';

/** Two lakes, each cut as often; a cut takes about a minute. */
const lakes = 2;
const cutsOfEach = Number(process.env['CRYPTODM_TEST_CUTS'] ?? 10);

const second = 1000;

/** Under load, with all producers and layers, as a lake of 300 quotes and 100 trades a second. */
const environment = {
  CRYPTODM_SOURCE: 'simulate',
  CRYPTODM_COINS: 'BTC/USD,ETH/USD,LTC/USD,SOL/USD',
  CRYPTODM_QUOTES_RATE: '300',
  CRYPTODM_TRADES_RATE: '100',
};

describe('a lake whose power is cut', function () {
  this.timeout(400 * second);

  for (let number = 1; number <= lakes; number += 1) {
    describe(`again and again, lake ${String(number)}`, () => {
      let disk: CutDisk;
      let lake: TestLake;
      let power: PowerLake;

      before(async function () {
        const opened = CutDisk.open(8);
        if (typeof opened === 'string') {
          skipWithout(this, opened);
          return;
        }
        disk = opened;
        lake = await TestLake.prepare({ CRYPTODM_PATHS_DATA: join(disk.path, 'lake'), ...environment });
        power = new PowerLake(lake, disk);
      });

      after(async () => {
        if ((disk as CutDisk | undefined) === undefined) return;
        await lake.remove();
        await disk.close();
      });

      it('keeps what a broker has acknowledged that was started just before', async () => {
        await lake.run('up');
        process.kill(await lake.pidOf('kafka'), 'SIGKILL');
        await lake.run('up');
        // Kafka's own default would be to sync nothing for 30 s.
        const report = await power.suffer(8 * second);
        process.stdout.write(`      ${JSON.stringify(report)}\n`);
        assert.ok(report.kept > 100, 'too little was acknowledged before the cut');
      });

      for (let cut = 1; cut <= cutsOfEach; cut += 1) {
        it(`is whole after cut ${String(cut)} by "up" alone`, async () => {
          // The producers rest since the cut before.
          await lake.run('up');
          // At another place in the rhythm of triggers and maintenance each time.
          const report = await power.suffer(8 * second + ((cut * 1370 + number * 410) % 9000));
          process.stdout.write(`      ${JSON.stringify(report)}\n`);
          assert.ok(report.kept > 100, 'too little was acknowledged before the cut');
        });
      }
    });
  }
});
