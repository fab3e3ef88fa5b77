import assert from 'node:assert/strict';
import type { Part } from '../../../../src/local/supervisor/parts.ts';
import { patience, StallWatch, type Reading } from '../../../../src/local/supervisor/stalls.ts';
import { WakeWatch } from '../../../../src/local/supervisor/wake.ts';

const second = 1000;

/** A job whose process, progress file, topic and disk are moved by hand. */
class World {
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

  /** The job tells of itself, with what it has read. */
  beat(offset: number, more: Partial<Reading> = {}): void {
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
    const world = new World();
    assert.equal(await world.pass(200 * second), undefined);
    assert.equal(
      await world.pass(1200 * second, (passed) => {
        world.ends = { 0: passed + 50 };
        world.beat(passed);
      }),
      undefined,
    );
    world.ends = { 0: 9 };
    assert.equal(
      await world.pass(1200 * second, () => {
        world.beat(9);
      }),
      undefined,
    );
  });

  it('finds a process that no longer tells of itself, and is twice as patient with it afterwards', async () => {
    const world = new World();
    await world.pass(4 * second);
    world.beat(10);
    await world.pass(2 * second);
    const first = await world.pass(300 * second);
    assert.match(first?.[0] ?? '', /^quotes: nothing heard for 4\d s$/);
    world.part = { ...world.part, process: { pid: 8, started: 'y' } };
    await world.pass(2 * second);
    world.beat(10);
    await world.pass(2 * second);
    const again = await world.pass(300 * second);
    assert.match(again?.[0] ?? '', /^quotes: nothing heard for 9\d s$/);
  });

  it('finds a process that never told of itself, after minutes', async () => {
    const found = await new World().pass(900 * second);
    assert.ok(found && found[1] > patience.startMs / second && found[1] < patience.startMs / second + 10);
  });

  it('finds a job that commits nothing although its topic grows', async () => {
    const world = new World();
    world.beat(9);
    const found = await world.pass(600 * second, (passed) => {
      world.ends = { 0: 100 + passed };
      world.beat(9);
    });
    assert.match(found?.[0] ?? '', /^quotes: no commit for \d+ s although t holds \d+ more records$/);
    assert.ok(found && found[1] >= patience.stuckMs / second, String(found));
  });

  it('finds a job that beats and never begins, once what it needs is there', async () => {
    const world = new World();
    world.ends = undefined;
    const starting = () => {
      world.beat(0, { state: 'starting', offsets: {} });
    };
    assert.equal(await world.pass(900 * second, starting), undefined);
    world.ends = { 0: 0 };
    const found = await world.pass(900 * second, starting);
    assert.match(found?.[0] ?? '', /^quotes: it has been starting for \d+ s$/);
    assert.ok(found && found[1] >= patience.startMs / second, String(found));
  });

  it('tells of a job that rests before it is found stalled, and no longer once it moves', async () => {
    const world = new World();
    const rest = () => {
      world.ends = { 0: 100 };
      world.beat(9);
    };
    await world.pass(90 * second, rest);
    assert.deepEqual(Object.keys(world.watch.behind()), ['job.json']);
    world.beat(100);
    await world.pass(4 * second);
    assert.deepEqual(world.watch.behind(), {});
  });

  it('gives a job that catches up in long batches its time', async () => {
    const world = new World();
    world.ends = { 0: 1_000_000 };
    world.beat(9);
    const batches = await world.pass(1400 * second, (passed) => {
      world.beat(Math.floor(passed / 140) * 10_000, { batchMs: 140_000 });
    });
    assert.equal(batches, undefined);
  });

  it('takes neither a broker that is away nor a job that retries for a stall', async () => {
    const world = new World();
    world.ends = undefined;
    const away = await world.pass(900 * second, () => {
      world.beat(9);
    });
    assert.equal(away, undefined);
    assert.ok(world.asked > 5);
    world.ends = { 0: 100 };
    const retries = await world.pass(900 * second, () => {
      world.beat(9, { state: 'retrying' });
    });
    assert.equal(retries, undefined);
  });

  it('does not blame a job for a record that came just before each question', async () => {
    const world = new World();
    let offset = 9;
    const found = await world.pass(1200 * second, (passed) => {
      world.ends = { 0: offset + 1 };
      // It is read before the next look, but only each 40 s one comes.
      if (passed % 40 === 0) offset += 1;
      world.beat(offset);
    });
    assert.equal(found, undefined);
  });

  it('blames nobody for the silence of a full disk or of a machine that slept', async () => {
    const world = new World();
    await world.pass(4 * second);
    world.beat(10);
    await world.pass(2 * second);
    world.room = false;
    assert.equal(await world.pass(600 * second), undefined);
    world.room = true;
    await world.pass(4 * second);
    world.beat(10);
    await world.pass(2 * second);
    world.now += 3600 * second;
    world.watch.forgive();
    assert.equal(await world.pass(20 * second), undefined);
  });

  it('asks the broker only about a job whose offsets rest', async () => {
    const world = new World();
    await world.pass(600 * second, (passed) => {
      world.beat(passed);
    });
    assert.equal(world.asked, 0);
  });
});

describe('the watch for a sleep', () => {
  it('notices a sleep and a clock that was set either way, and no ordinary delay', () => {
    const wake = new WakeWatch();
    const told = [0, 250, 5000, 14_000, 3_614_000, 3_614_250, 3_434_000].map((now) => wake.tick(now));
    assert.deepEqual(told, [false, false, false, false, true, false, true]);
    assert.equal(wake.wokeAt, 3_434_000);
  });
});
