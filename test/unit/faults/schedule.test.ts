import assert from 'node:assert/strict';
import { drawSchedule, targets } from '../../faults/schedule.ts';

const seeds = Array.from({ length: 50 }, (_, seed) => seed);

describe('schedule of a seed', () => {
  it('is the same each time, and another one for another seed', () => {
    const options = { durationMs: 75_000 };
    assert.deepEqual(drawSchedule(3, options), drawSchedule(3, options));
    assert.notDeepEqual(drawSchedule(3, options), drawSchedule(4, options));
  });

  it('strikes every target where time allows', () => {
    for (const seed of seeds) {
      const struck = new Set(drawSchedule(seed, { durationMs: 75_000 }).strikes.map(({ target }) => target));
      assert.equal(struck.size, targets.length, `seed ${String(seed)}`);
    }
  });

  it('keeps to its time and never kills a part so often that it is given up', () => {
    for (const seed of seeds) {
      const { strikes, ups, optimize } = drawSchedule(seed, { durationMs: 75_000 });
      assert.ok(strikes.every(({ atMs }) => atMs > 0 && atMs < 75_000));
      assert.ok(optimize.every((at) => at >= 0 && at < 75_000));
      for (const target of targets)
        assert.ok(strikes.filter((strike) => strike.target === target && strike.kind === 'kill').length <= 3);
      assert.ok(strikes.every(({ kind, forMs }) => (kind === 'pause') === (forMs !== undefined)));
      assert.ok(ups.length >= strikes.filter(({ target }) => target === 'resident').length);
    }
  });

  it('has an "up" after each strike at the supervisor', () => {
    for (const seed of seeds) {
      const { strikes, ups } = drawSchedule(seed, { durationMs: 75_000 });
      for (const { atMs } of strikes.filter(({ target }) => target === 'resident'))
        assert.ok(ups.some((at) => at > atMs));
    }
  });

  it('keeps to the kinds that are asked for', () => {
    for (const seed of seeds) {
      const { strikes } = drawSchedule(seed, { durationMs: 75_000, only: ['pause'] });
      assert.ok(strikes.every(({ kind }) => kind === 'pause'));
    }
  });
});
