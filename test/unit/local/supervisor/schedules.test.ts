import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  commandStarter,
  Schedules,
  systemClock,
  type Clock,
  type Outcome,
  type Schedule,
  type StartCommand,
} from '../../../../src/local/supervisor/schedules.ts';
import type { ScheduleFiles } from '../../../../src/local/supervisor/parts.ts';
import { identify, isAlive } from '../../../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../../../src/tools/waiting.ts';
import { withFolder } from '../../../support/folders.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Clocks that a test moves on, and commands that a test ends. */
class Simulation implements Clock {
  readonly started: { id: string; at: string; end: (outcome: Outcome['outcome'], detail?: string) => void }[] = [];
  private wall: number;
  private run = 0;

  constructor(begin: string) {
    this.wall = Date.parse(begin);
  }

  now = () => this.wall;
  elapsed = () => this.run;

  start: StartCommand = ({ id }, end) => {
    this.started.push({ id, at: new Date(this.wall).toISOString(), end });
    return identify(process.pid);
  };

  pass(ms: number): void {
    this.wall += ms;
    this.run += ms;
  }

  /** Only the clock on the wall. */
  jump(ms: number): void {
    this.wall += ms;
  }
}

const assets = (folder: string): Schedule => ({
  id: 'assets',
  title: 'icons',
  every: 'day',
  at: '05:30',
  args: [],
  cwd: folder,
  env: {},
  log: join(folder, 'assets.log'),
});
const optimize = (folder: string): Schedule => ({
  ...assets(folder),
  id: 'optimize',
  title: 'upkeep',
  every: 'week',
  on: 'sunday',
  at: '04:00',
  doneFile: join(folder, 'upkeep.json'),
});

function filesIn(folder: string, schedules: Schedule[]): ScheduleFiles {
  const declared = join(folder, 'schedules.json');
  writeFileSync(declared, JSON.stringify({ schedules }));
  return { declared, memory: join(folder, 'memory.json'), running: join(folder, 'running.json') };
}

/** Lets time pass with a look every minute, ending each run at the next look. */
function live(schedules: Schedules, simulation: Simulation, ms: number, outcome: Outcome['outcome'] = 'done'): void {
  let ended = simulation.started.length;
  for (let passed = 0; passed < ms; passed += minute) {
    simulation.pass(minute);
    schedules.tick();
    for (; ended < simulation.started.length; ended += 1) simulation.started[ended]?.end(outcome);
  }
}

const wednesday = '2026-11-25T12:00:00Z';

describe('the schedules', () => {
  it('run at their times, and not when the lake is new', () =>
    withFolder((folder) => {
      const simulation = new Simulation(wednesday);
      const files = filesIn(folder, [assets(folder), optimize(folder)]);
      live(new Schedules(files, () => undefined, simulation.start, simulation), simulation, 8 * day);
      const ran = (id: string) => simulation.started.filter((run) => run.id === id).map(({ at }) => at.slice(0, 16));
      assert.deepEqual(ran('optimize'), ['2026-11-29T04:00']);
      assert.equal(ran('assets').length, 8);
      assert.equal(ran('assets')[0], '2026-11-26T05:30');
    }));

  it('make up once for what was missed, but not while the lake is just rising', () =>
    withFolder((folder) => {
      const simulation = new Simulation(wednesday);
      const files = filesIn(folder, [assets(folder), optimize(folder)]);
      live(new Schedules(files, () => undefined, simulation.start, simulation), simulation, hour);
      simulation.pass(30 * day);
      const back = new Schedules(files, () => undefined, simulation.start, simulation);
      live(back, simulation, minute);
      assert.deepEqual(simulation.started, []);
      live(back, simulation, 3 * hour);
      assert.deepEqual(simulation.started.map(({ id }) => id).sort(), ['assets', 'optimize']);
      assert.ok(back.states().every(({ last }) => last?.outcome === 'done'));
    }));

  it('run one at a time', () =>
    withFolder((folder) => {
      const simulation = new Simulation(wednesday);
      const files = filesIn(folder, [assets(folder), optimize(folder)]);
      new Schedules(files, () => undefined, simulation.start, simulation).tick();
      simulation.pass(30 * day);
      const schedules = new Schedules(files, () => undefined, simulation.start, simulation);
      for (let look = 0; look < 60; look += 1) {
        simulation.pass(minute);
        schedules.tick();
      }
      assert.equal(simulation.started.length, 1);
      simulation.started[0]?.end('done');
      schedules.tick();
      assert.equal(simulation.started.length, 2);
    }));

  it('try again later, and less and less often, what failed', () =>
    withFolder((folder) => {
      const simulation = new Simulation(wednesday);
      const schedules = new Schedules(filesIn(folder, [assets(folder)]), () => undefined, simulation.start, simulation);
      live(schedules, simulation, 18 * hour + 55 * minute, 'failed');
      const times = simulation.started.map(({ at }) => Date.parse(at));
      assert.deepEqual(
        times.slice(1).map((time, at) => Math.round((time - (times[at] ?? 0)) / minute)),
        [10, 20, 40],
      );
      live(schedules, simulation, 2 * hour);
      assert.equal(schedules.states()[0]?.last?.outcome, 'done');
      assert.equal(schedules.states()[0]?.next, '2026-11-27T05:30:00.000Z');
    }));

  it('are not fired again and again by a clock that jumps', () =>
    withFolder((folder) => {
      const simulation = new Simulation(wednesday);
      const schedules = new Schedules(filesIn(folder, [assets(folder)]), () => undefined, simulation.start, simulation);
      live(schedules, simulation, hour);
      for (let jumps = 0; jumps < 10; jumps += 1) {
        simulation.jump(2 * day);
        live(schedules, simulation, 10 * minute);
        simulation.jump(-2 * day);
        live(schedules, simulation, 10 * minute);
      }
      assert.equal(simulation.started.length, 1);
      // Set back by a year, it goes on by the new clock.
      simulation.jump(-365 * day);
      live(schedules, simulation, 3 * day);
      assert.equal(simulation.started.length, 4);
    }));

  it('count what was done by hand', () =>
    withFolder((folder) => {
      const simulation = new Simulation('2026-11-29T03:00:00Z');
      const schedules = new Schedules(
        filesIn(folder, [optimize(folder)]),
        () => undefined,
        simulation.start,
        simulation,
      );
      schedules.tick();
      simulation.pass(2 * day);
      const endedAt = new Date(simulation.now()).toISOString();
      writeFileSync(join(folder, 'upkeep.json'), JSON.stringify({ endedAt, whole: true }));
      live(schedules, simulation, hour);
      assert.deepEqual(simulation.started, []);
      assert.equal(schedules.states()[0]?.next, '2026-12-06T04:00:00.000Z');
    }));

  it('start a command of ours in a group of its own, and end it with the lake', () =>
    withFolder(async (folder) => {
      const log = join(folder, 'real.log');
      const sleeping = { ...assets(folder), args: ['-e', 'setInterval(() => {}, 1000)'], log };
      const files = filesIn(folder, [sleeping]);
      writeFileSync(
        files.memory,
        JSON.stringify({ schedules: { assets: { since: '2020-01-01T00:00:00Z', failures: 0 } } }),
      );
      let elapsed = 0;
      const clock: Clock = { ...systemClock, elapsed: () => elapsed };
      const start = commandStarter(process.env, join(folder, 'run', 'parts.json'));
      const schedules = new Schedules(files, () => undefined, start, clock);
      elapsed = hour;
      schedules.tick();
      const { process: started } = JSON.parse(
        await awaitAnswer(() => read(files.running), { withinMs: 5000 }).then((text) => text ?? '{}'),
      ) as { process: { pid: number; started: string } };
      assert.equal(isAlive(started), true);
      // Another supervisor takes it over.
      const heir = new Schedules(files, () => undefined, start, clock);
      assert.equal(heir.states()[0]?.running, true);
      await heir.end();
      assert.equal(isAlive(started), false);
    }));
});

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
