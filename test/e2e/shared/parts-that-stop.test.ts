import assert from 'node:assert/strict';
import { exitCodes } from '../../../src/errors.ts';
import { signalGroup } from '../../../src/tools/process-identity.ts';
import type { ProblemId } from '../../../src/lake/alarms.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';

/** Within which time a part that does not answer must be named, in milliseconds. */
const withinMs = 30_000;

/** What other suites have left of this lake, for a day. */
const known: ProblemId[] = ['topic-renewed', 'records-lost', 'bad-records'];

describe('a part that is stopped', function () {
  this.timeout(180_000);
  let lake: TestLake;

  before(async () => {
    lake = await sharedLake();
    await lake.sound(...known);
  });

  /** Stops a process for as long as it takes to name it. */
  async function whileStopped(pid: number, act: () => Promise<void>): Promise<void> {
    signalGroup(pid, 'SIGSTOP');
    try {
      await act();
    } finally {
      signalGroup(pid, 'SIGCONT');
    }
    await lake.sound(...known, 'part-restarted');
  }

  it('is named: the dashboard', async () => {
    await whileStopped(await lake.pidOf('dashboard'), async () => {
      const { part } = await lake.named('part-silent', /^dashboard is stopped/, withinMs);
      assert.equal(part, 'dashboard');
      assert.equal((await lake.try(['status', '--json'])).code, exitCodes.part);
    });
  });

  it('is named: the jobs', async () => {
    await whileStopped(await lake.pidOf('spark'), async () => {
      await lake.named('part-silent', /^Spark .* is stopped/, withinMs);
    });
  });

  it('is named: the supervisor, by the command itself', async () => {
    const pid = (await lake.status()).resident?.pid ?? 0;
    await whileStopped(pid, async () => {
      const { what } = await lake.named('resident-down', /./, withinMs);
      assert.match(what, new RegExp(`^the supervisor \\(pid ${String(pid)}\\) runs but does not answer`));
    });
  });
});
