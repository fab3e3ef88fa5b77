import assert from 'node:assert/strict';
import { drawSchedule, kinds, subjectOf, targets, type Strike } from '../../faults/schedule.ts';

const seeds = Array.from({ length: 50 }, (_, seed) => seed);

function targetOf(strike: Strike): string | undefined {
  return 'target' in strike ? strike.target : undefined;
}

describe('schedule of a seed', () => {
  it('is the same each time, and another one for another seed', () => {
    const options = { durationMs: 75_000 };
    assert.deepEqual(drawSchedule(3, options), drawSchedule(3, options));
    assert.notDeepEqual(drawSchedule(3, options), drawSchedule(4, options));
  });

  it('strikes every target and has every kind where time allows', () => {
    for (const seed of seeds) {
      const { strikes } = drawSchedule(seed, { durationMs: 75_000 });
      const struck = new Set(strikes.map(targetOf).filter((target) => target !== undefined));
      assert.equal(struck.size, targets.length, `seed ${String(seed)}`);
      assert.equal(new Set(strikes.map(({ kind }) => kind)).size, kinds.length, `seed ${String(seed)}`);
      const short = drawSchedule(seed, { durationMs: 45_000 }).strikes;
      assert.equal(new Set(short.map(({ kind }) => kind)).size, kinds.length, `seed ${String(seed)}, short`);
    }
  });

  it('keeps to its time and never ends a part so often that it is given up', () => {
    for (const seed of seeds) {
      const { strikes, ups, optimize } = drawSchedule(seed, { durationMs: 75_000 });
      assert.ok(strikes.every(({ atMs }) => atMs > 0 && atMs < 75_000));
      assert.ok(optimize.every((at) => at >= 0 && at < 75_000));
      for (const target of targets) {
        const deaths = strikes.filter((one) => targetOf(one) === target && one.kind !== 'pause');
        assert.ok(deaths.length <= 3);
      }
      assert.equal(strikes.filter(({ kind }) => kind === 'cut').length, 1);
      assert.ok(ups.length >= strikes.filter((one) => targetOf(one) === 'resident').length);
    }
  });

  it('has an "up" after each strike at the supervisor', () => {
    for (const seed of seeds) {
      const { strikes, ups } = drawSchedule(seed, { durationMs: 75_000 });
      for (const { atMs } of strikes.filter((one) => targetOf(one) === 'resident'))
        assert.ok(ups.some((at) => at > atMs));
    }
  });

  it('keeps to the kinds that are asked for', () => {
    for (const kind of kinds) {
      for (const seed of seeds) {
        const { strikes } = drawSchedule(seed, { durationMs: 75_000, only: [kind] });
        assert.ok(strikes.length > 0 && strikes.every((one) => one.kind === kind));
      }
    }
  });

  it('has every link, both directions of a clock, and each side of a partition in some seed', () => {
    const all = seeds.flatMap((seed) => drawSchedule(seed, { durationMs: 75_000 }).strikes);
    const parted = all.filter((one) => one.kind === 'partition');
    assert.equal(new Set(parted.map(subjectOf)).size, 6);
    assert.equal(new Set(parted.map(({ side }) => side)).size, 3);
    const clocks = all.filter((one) => one.kind === 'clock');
    assert.equal(new Set(clocks.map(({ byMs }) => Math.sign(byMs))).size, 2);
    assert.equal(new Set(clocks.map(subjectOf)).size, 7);
  });
});
