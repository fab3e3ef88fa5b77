import assert from 'node:assert/strict';
import type { Part } from '../../../../src/local/supervisor/parts.ts';
import { stallTimeouts, StallWatch, type Reading } from '../../../../src/local/supervisor/stalls.ts';
import { WakeWatch } from '../../../../src/local/supervisor/wake.ts';

const second = 1000;

/** A job whose process, progress file, topic and disk are moved by hand. */
class SimulatedJob {
  now = Date.parse('2025-07-08T05:43:00Z');
  reading: Reading | undefined;
  ends: Record<string, number> | undefined = { 0: 10 };
  room = true;
  asked = 0;
  part: Part = {
    daemon: {
      ...{ id: 'spark', title: 'Spark', command: 'java', args: [], env: {}, cwd: '/', log: '/log', graceMs: 1 },
      ports: [],
      beats: [{ file: 'job.json', name: 'quotes', follows: { bootstrapServers: 'b', topic: 't' } }],
    },
    ...{ hash: 'h', state: 'up', since: '2025-07-08T05:43:00Z', restarts: 0, process: { pid: 7, started: 'x' } },
  };
  readonly watch = new StallWatch({
    now: () => this.now,
    read: () => this.reading,
    ends: () => {
      this.asked += 1;
      return Promise.resolve(this.ends);
    },
    canWrite: () => this.room,
  });

  /** The job writes its progress, with what it has read. */
  writeProgress(offset: number, more: Partial<Reading> = {}): void {
    this.reading = { at: new Date(this.now).toISOString(), state: 'running', offsets: { 0: offset }, ...more };
  }

  /** Lets time pass, looking every 2 s; each 10 s the job does `act`. @returns the first reason and after how many seconds it was given */
  async pass(forMs: number, act: (seconds: number) => void = () => undefined): Promise<[string, number] | undefined> {
    for (let passed = 0; passed < forMs; passed += 2 * second) {
      this.now += 2 * second;
      if (passed % (10 * second) === 0) act(passed / second);
      const [stall] = await this.watch.look([this.part]);
      if (stall !== undefined) return [stall.why, passed / second + 2];
    }
    return undefined;
  }
}

describe('the watch for stalls', () => {
  it('leaves a job alone that commits, that has nothing to do, and that waits for its first start', async () => {
    const job = new SimulatedJob();
    assert.equal(await job.pass(200 * second), undefined);
    assert.equal(
      await job.pass(1200 * second, (passed) => {
        job.ends = { 0: passed + 50 };
        job.writeProgress(passed);
      }),
      undefined,
    );
    job.ends = { 0: 9 };
    assert.equal(
      await job.pass(1200 * second, () => {
        job.writeProgress(9);
      }),
      undefined,
    );
  });

  it('finds a process without heartbeats, and doubles its timeout afterwards', async () => {
    const job = new SimulatedJob();
    await job.pass(4 * second);
    job.writeProgress(10);
    await job.pass(2 * second);
    const first = await job.pass(300 * second);
    assert.match(first?.[0] ?? '', /^quotes: nothing heard for 4\d s$/);
    job.part = { ...job.part, process: { pid: 8, started: 'y' } };
    await job.pass(2 * second);
    job.writeProgress(10);
    await job.pass(2 * second);
    const again = await job.pass(300 * second);
    assert.match(again?.[0] ?? '', /^quotes: nothing heard for 9\d s$/);
  });

  it('finds a process that never sent a heartbeat, after minutes', async () => {
    const found = await new SimulatedJob().pass(900 * second);
    assert.ok(found && found[1] > stallTimeouts.startMs / second && found[1] < stallTimeouts.startMs / second + 10);
  });

  it('finds a job that commits nothing although its topic grows', async () => {
    const job = new SimulatedJob();
    job.writeProgress(9);
    const found = await job.pass(600 * second, (passed) => {
      job.ends = { 0: 100 + passed };
      job.writeProgress(9);
    });
    assert.match(found?.[0] ?? '', /^quotes: no commit for \d+ s although t holds \d+ more records$/);
    assert.ok(found && found[1] >= stallTimeouts.stuckMs / second, String(found));
  });

  it('finds a job that sends heartbeats and never begins, once what it needs is there', async () => {
    const job = new SimulatedJob();
    job.ends = undefined;
    const starting = () => {
      job.writeProgress(0, { state: 'starting', offsets: {} });
    };
    assert.equal(await job.pass(900 * second, starting), undefined);
    job.ends = { 0: 0 };
    const found = await job.pass(900 * second, starting);
    assert.match(found?.[0] ?? '', /^quotes: it has been starting for \d+ s$/);
    assert.ok(found && found[1] >= stallTimeouts.startMs / second, String(found));
  });

  it('reports a job that rests before it is found stalled, and no longer once it moves', async () => {
    const job = new SimulatedJob();
    const rest = () => {
      job.ends = { 0: 100 };
      job.writeProgress(9);
    };
    await job.pass(90 * second, rest);
    assert.deepEqual(Object.keys(job.watch.behind()), ['job.json']);
    job.writeProgress(100);
    await job.pass(4 * second);
    assert.deepEqual(job.watch.behind(), {});
  });

  it('gives a job that catches up in long batches its time', async () => {
    const job = new SimulatedJob();
    job.ends = { 0: 1_000_000 };
    job.writeProgress(9);
    const batches = await job.pass(1400 * second, (passed) => {
      job.writeProgress(Math.floor(passed / 140) * 10_000, { batchMs: 140_000 });
    });
    assert.equal(batches, undefined);
  });

  it('takes neither a broker that is away nor a job that retries for a stall', async () => {
    const job = new SimulatedJob();
    job.ends = undefined;
    const away = await job.pass(900 * second, () => {
      job.writeProgress(9);
    });
    assert.equal(away, undefined);
    assert.ok(job.asked > 5);
    job.ends = { 0: 100 };
    const retries = await job.pass(900 * second, () => {
      job.writeProgress(9, { state: 'retrying' });
    });
    assert.equal(retries, undefined);
  });

  it('does not blame a job for a record that came just before each question', async () => {
    const job = new SimulatedJob();
    let offset = 9;
    const found = await job.pass(1200 * second, (passed) => {
      job.ends = { 0: offset + 1 };
      // It is read before the next look, but only each 40 s one comes.
      if (passed % 40 === 0) offset += 1;
      job.writeProgress(offset);
    });
    assert.equal(found, undefined);
  });

  it('blames nobody for the silence of a full disk or of a machine that slept', async () => {
    const job = new SimulatedJob();
    await job.pass(4 * second);
    job.writeProgress(10);
    await job.pass(2 * second);
    job.room = false;
    assert.equal(await job.pass(600 * second), undefined);
    job.room = true;
    await job.pass(4 * second);
    job.writeProgress(10);
    await job.pass(2 * second);
    job.now += 3600 * second;
    job.watch.reset();
    assert.equal(await job.pass(20 * second), undefined);
  });

  it('asks the broker only about a job whose offsets rest', async () => {
    const job = new SimulatedJob();
    await job.pass(600 * second, (passed) => {
      job.writeProgress(passed);
    });
    assert.equal(job.asked, 0);
  });
});

describe('the watch for a sleep', () => {
  it('notices a sleep and a clock that was set either way, and no ordinary delay', () => {
    const wake = new WakeWatch();
    const told = [0, 250, 5000, 14_000, 3_614_000, 3_614_250, 3_434_000].map((now) => wake.tick(now));
    assert.deepEqual(told, [undefined, undefined, undefined, undefined, 'slept', undefined, 'set back']);
    assert.equal(wake.wokeAt, 3_434_000);
  });
});
