import assert from 'node:assert/strict';
import { Refills } from '../../../../src/local/supervisor/refills.ts';
import type { Command, Outcome } from '../../../../src/local/supervisor/schedules.ts';
import { identify } from '../../../../src/tools/process-identity.ts';
import type { JobProgress } from '../../../../src/tools/progress.ts';

const command: Command = { id: 'backfill', title: 'backfill', args: ['backfill'], cwd: '/', env: {}, log: '/b.log' };
const lostBetween = { from: '2025-07-08T05:43:10Z', to: '2025-07-08T06:12:00Z' };

/** A job's word, the source of the quotes, a clock, and a "backfill" that the test ends. */
class Situation {
  elapsedMs = 0;
  job: Pick<JobProgress, 'state' | 'lag' | 'lostRecords' | 'lostBetween'> = {
    state: 'running',
    lag: 0,
    lostRecords: 0,
  };
  source = 'alpaca';
  runs: string[][] = [];
  end: (outcome: Outcome['outcome'], detail?: string) => void = () => undefined;
  readonly refills = new Refills(
    {
      job: () => this.job,
      producer: () => ({ source: this.source }),
      refill: () => ({ command, job: 'job.json', producer: 'producer.json' }),
      start: ({ args }, ended) => {
        this.runs.push(args);
        this.end = ended;
        return identify(process.pid);
      },
      log: () => undefined,
    },
    { elapsed: () => this.elapsedMs },
  );
}

describe('the refill of quotes that were lost', () => {
  it('asks the history once for each loss, when the job has read the rest', () => {
    const situation = new Situation();
    situation.refills.tick();
    situation.job = { state: 'running', lag: 400, lostRecords: 20, lostBetween };
    situation.refills.tick();
    assert.deepEqual(situation.runs, []);
    situation.job.lag = 0;
    situation.refills.tick();
    situation.refills.tick();
    assert.deepEqual(situation.runs, [['backfill', '--from', '2025-07-08T05:38:10.000Z']]);
    situation.end('done');
    situation.refills.tick();
    assert.equal(situation.runs.length, 1);
    situation.job = {
      state: 'running',
      lag: 0,
      lostRecords: 30,
      lostBetween: { ...lostBetween, to: '2025-07-08T07:00:00Z' },
    };
    situation.refills.tick();
    assert.equal(situation.runs.length, 2);
  });

  it('asks again after a failure, with growing waits', () => {
    const situation = new Situation();
    situation.job = { state: 'running', lag: 0, lostRecords: 20, lostBetween };
    situation.refills.tick();
    situation.end('failed', 'exit code 5');
    situation.refills.tick();
    assert.equal(situation.runs.length, 1);
    situation.elapsedMs = 60_000;
    situation.refills.tick();
    assert.equal(situation.runs.length, 2);
  });

  it('asks for nothing that has no history, or whose time is unknown', () => {
    const situation = new Situation();
    situation.job = { state: 'running', lag: 0, lostRecords: 20, lostBetween };
    situation.source = 'simulate';
    situation.refills.tick();
    situation.source = 'alpaca';
    situation.job = { ...situation.job, lostBetween: { from: null, to: lostBetween.to } };
    situation.refills.tick();
    assert.deepEqual(situation.runs, []);
  });
});
