import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestLake } from '../../support/lake.ts';
import { strikeAt } from '../../support/strike.ts';

/** The steps of a lake on this machine, in the order of their start. */
const steps = [
  ...['folder', 'log-folder', 'run-folder', 'temporary-folder', 'kafka-folder', 'checkpoints-folder'],
  ...['elasticsearch-folder', 'warehouse-folder', 'resident', 'schedules', 'spec', 'kafka', 'elasticsearch', 'topics'],
  ...['tables', 'index', 'spark', 'jobs', 'producer-quotes', 'producer-trades', 'dashboard'],
];

const up = ['up', '--source', 'simulate', '--coins', 'BTC/USD,LTC/USD'];

/** Takes minutes: each step of `up` and of `down` is stopped twice, and each stop costs a start of the command line. */
describe('a command line that is stopped', function () {
  this.timeout(600_000);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare();
  });

  after(async () => {
    await lake.remove();
  });

  it('"up" by SIGKILL before anything is made: "down" leaves nothing', async () => {
    const ran = await strikeAt(lake, up, 'folder', (pid) => {
      process.kill(pid, 'SIGKILL');
    });
    assert.ok(ran.struck);
    await lake.run('down', '--yes');
    assert.equal(existsSync(lake.data), false);
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const expected = signal === 'SIGINT' ? 130 : undefined;

    it(`"up" by ${signal} at each step: each run goes on where the one before stopped`, async () => {
      let struck = 0;
      for (const step of steps) {
        const ran = await strikeAt(lake, up, step, (pid) => {
          process.kill(pid, signal);
        });
        // Steps run beside each other: an earlier run may have ended this one already, and then nothing stops the run.
        assert.equal(ran.code, ran.struck ? expected : 0, `${step}: ${ran.stderr}`);
        struck += ran.struck ? 1 : 0;
      }
      assert.ok(struck > steps.length / 2, `only ${String(struck)} steps were struck`);
      await lake.run(...up);
      await lake.sound('part-restarted');
      await lake.settle();
      const [row] = await lake.query<{ n: number; ids: number }>(
        'select count(*) as n, count(distinct (asset_id, start_window)) as ids from crypto_db.crypto_quote',
      );
      assert.ok(Number(row?.n) >= 2);
      assert.equal(Number(row?.n), Number(row?.ids));
    });

    it(`"down" by ${signal} at each step: the next one finishes the work`, async () => {
      const known = JSON.parse(readFileSync(join(lake.data, 'journal.json'), 'utf8')) as { entries: { id: string }[] };
      assert.deepEqual(known.entries.map((entry) => entry.id).sort(), [...steps].sort());
      for (const step of [...steps].reverse()) {
        const ran = await strikeAt(lake, ['down', '--yes'], step, (pid) => {
          process.kill(pid, signal);
        });
        // A step that was undone before the signal is not undone again.
        if (ran.struck) assert.equal(ran.code, expected, `${step}: ${ran.stderr}`);
      }
      // Proves that no process, port or file of ours is left.
      await lake.run('down', '--yes');
      await lake.run('down', '--yes');
    });
  }

  it('two at once: the second names the first and changes nothing', async () => {
    let second: Awaited<ReturnType<TestLake['try']>> | undefined;
    let third: typeof second;
    const first = await strikeAt(lake, [...up, '--no-produce'], 'folder', async () => {
      [second, third] = await Promise.all([lake.try([...up, '--no-produce']), lake.try(['down', '--yes'])]);
    });
    assert.equal(first.code, 0, first.stderr);
    for (const other of [second, third]) {
      assert.equal(other?.code, 8, other?.stderr);
      assert.match(
        other?.stderr ?? '',
        new RegExp(`another run works on this lake: cryptodm up \\(pid ${String(first.pid)}\\)`),
      );
    }
    assert.equal((await lake.status()).state, 'up');
  });
});
