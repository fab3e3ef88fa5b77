import assert from 'node:assert/strict';
import { CutDisk } from '../support/cut-disk.ts';
import { skipWithout } from '../support/skipping.ts';
import { PowerLake } from '../power/power-lake.ts';

/** Twenty cuts, with more load: "npm run test:long -- power". */
describe('a lake whose power is cut once', function () {
  this.timeout(180_000);
  let disk: CutDisk;
  let power: PowerLake;

  before(async function () {
    const opened = CutDisk.open(4);
    if (typeof opened === 'string') {
      skipWithout(this, opened);
      return;
    }
    disk = opened;
    power = await PowerLake.raise(disk, { CRYPTODM_SOURCE: 'simulate', CRYPTODM_QUOTES_RATE: '100' });
  });

  after(async () => {
    if ((disk as CutDisk | undefined) === undefined) return;
    await (power as PowerLake | undefined)?.remove();
    disk.close();
  });

  it('is up again, with what was acknowledged long enough before, and nothing twice', async () => {
    const report = await power.suffer(5000);
    assert.ok(report.kept > 100, JSON.stringify(report));
  });
});
