import assert from 'node:assert/strict';
import { Renewals } from '../../../../src/local/supervisor/renewals.ts';
import type { Part } from '../../../../src/local/supervisor/parts.ts';
import type { Command, Outcome } from '../../../../src/local/supervisor/schedules.ts';
import { identify } from '../../../../src/tools/process-identity.ts';
import type { JobProgress } from '../../../../src/tools/progress.ts';

const command: Command = { id: 'up', title: 'up', args: ['up'], cwd: '/', env: {}, log: '/up.log' };
const since = '2025-07-08T05:43:00Z';

const part = {
  daemon: { id: 'spark', beats: [{ file: 'trades.json', name: 'trades' }] },
  ...{ state: 'up', since },
} as unknown as Part;

/** A job's word, a clock, and an "up" that the test ends. */
class Situation {
  elapsedMs = 0;
  said: Pick<JobProgress, 'at' | 'wentBack'> | undefined;
  up: Command | undefined = command;
  isBusy = false;
  lines: string[] = [];
  running: ((outcome: Outcome['outcome'], detail?: string) => void)[] = [];
  runs = 0;
  readonly renewals = new Renewals(
    {
      read: () => this.said,
      up: () => this.up,
      busy: () => this.isBusy,
      start: (_, ended) => {
        this.runs += 1;
        this.running.push(ended);
        return identify(process.pid);
      },
      log: (line) => this.lines.push(line),
    },
    { elapsed: () => this.elapsedMs },
  );

  goBack(at = '2025-07-08T05:44:00Z'): void {
    const wentBack = {
      topic: 'trades',
      generation: 1,
      recreated: false,
      ...{ from: { 0: 60 }, ends: { 1: 9 } },
      lost: 65,
      reason: 'it is shorter',
    };
    this.said = { at, wentBack };
  }

  tick(): void {
    this.renewals.tick([part]);
  }
}

describe('the renewal of a topic that went back', () => {
  it('is an "up", once, when a job says so', () => {
    const situation = new Situation();
    situation.tick();
    situation.said = { at: '2025-07-08T05:44:00Z' };
    situation.tick();
    assert.equal(situation.runs, 0);
    situation.goBack();
    situation.tick();
    situation.tick();
    assert.equal(situation.runs, 1);
    assert.match(situation.lines[0] ?? '', /it is shorter: runs "up"/);
  });

  it('waits while another run works on the lake, which may be an "up" of a person', () => {
    const situation = new Situation();
    situation.goBack();
    situation.isBusy = true;
    situation.tick();
    assert.equal(situation.runs, 0);
    situation.isBusy = false;
    situation.tick();
    assert.equal(situation.runs, 1);
  });

  it('is not for what an earlier process has said, and not before an "up" of this version', () => {
    const situation = new Situation();
    situation.goBack('2025-07-08T05:42:59Z');
    situation.tick();
    situation.goBack();
    situation.up = undefined;
    situation.tick();
    assert.equal(situation.runs, 0);
  });

  it('is tried again later and later while it fails, as while a broker does not answer', () => {
    const situation = new Situation();
    situation.goBack();
    const runs = [];
    for (let second = 0; second < 60; second += 1) {
      situation.tick();
      situation.running.shift()?.('failed', 'exit code 8');
      situation.elapsedMs += 1000;
      runs.push(situation.runs);
    }
    assert.deepEqual([runs[0], runs[4], runs[5], runs[14], runs[15], runs[59]], [1, 1, 2, 2, 3, 4]);
    // Once it is over, the next time is answered at once.
    situation.said = { at: '2025-07-08T05:45:00Z' };
    situation.tick();
    situation.goBack();
    situation.tick();
    assert.equal(situation.runs, 5);
  });

  it('starts nothing any more when the supervisor ends', () => {
    const situation = new Situation();
    situation.renewals.release();
    situation.goBack();
    situation.tick();
    assert.equal(situation.runs, 0);
  });
});
