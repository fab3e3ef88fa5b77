import assert from 'node:assert/strict';
import { TestLake } from '../../support/lake.ts';
import { faultyEnvironment } from '../../faults/environment.ts';
import { countFindings, describeFindings } from '../../faults/findings.ts';
import { FaultyLake } from '../../faults/seed-run.ts';

const second = 1000;

describe('a lake whose parts are killed and paused under load', function () {
  this.timeout(600 * second);
  let faulty: FaultyLake;

  before(async () => {
    faulty = new FaultyLake(await TestLake.prepare(faultyEnvironment), () => undefined);
    await faulty.raise();
  });

  after(async () => {
    await faulty.lake.remove();
  });

  // The long version: npm run test:faults -- --seeds 20
  it('loses and duplicates nothing, and queries meanwhile see whole batches only', async () => {
    const seed = 20;
    const report = await faulty.run(seed, { trades: 12_000, bars: 4_000, durationMs: 45 * second });
    assert.equal(
      countFindings(report.findings),
      0,
      `seed ${String(seed)}: ${describeFindings(report.findings)}\n` +
        `npm run test:faults -- --first-seed ${String(seed)} --trades 12000 --bars 4000 --seconds 45`,
    );
    assert.ok(report.struck.filter(({ hit }) => hit).length >= 5, JSON.stringify(report.struck));
    assert.ok(report.acknowledged === 16_000 && report.records > report.acknowledged);
    assert.ok(report.queries > 30 && report.versions > 20, JSON.stringify(report));
  });

  it('keeps its parts running when the supervisor is killed, and takes them over again', async () => {
    const { lake } = faulty;
    await lake.run('up');
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
    assert.deepEqual(
      after.parts.map((part) => part.pid),
      before.parts.map((part) => part.pid),
    );
    assert.ok(after.resident);
  });
});
