import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BacklogWatch, topicBytes } from '../../../../src/local/status/backlog.ts';

const topic = { name: 'trades', bytes: 1000, most: 4000 };

describe('a backlog', () => {
  it('is what the slowest job has not taken', () => {
    const watch = new BacklogWatch(() => 0);
    const ranges = { 0: { low: 100, high: 200 }, 1: { low: 0, high: 100 } };
    const quick = { title: 'quick', offsets: { 0: 200, 1: 100 } };
    assert.equal(watch.measure(topic, ranges, [quick])?.waiting, 0);
    const found = watch.measure(topic, ranges, [quick, { title: 'slow', offsets: { 0: 150, 1: 50 } }]);
    assert.deepEqual(found, { ...{ bytes: 1000, most: 4000, waiting: 500 }, slowest: 'slow', secondsLeft: undefined });
    assert.equal(watch.measure(topic, ranges, [{ title: 'new', offsets: {} }])?.waiting, 1000);
    assert.equal(watch.measure(topic, ranges, []), undefined);
    assert.equal(watch.measure(topic, { 0: { low: 7, high: 7 } }, [quick]), undefined);
  });

  it('tells the time that is left at the rate of the last minute', () => {
    let now = 0;
    const watch = new BacklogWatch(() => now);
    const look = (high: number) =>
      watch.measure({ ...topic, bytes: high }, { 0: { low: 0, high } }, [{ title: 'slow', offsets: {} }])?.secondsLeft;
    assert.equal(look(100), undefined);
    now = 10_000;
    assert.equal(look(600), 60);
    now = 65_000;
    assert.equal(look(1150), 245);
    now = 80_000;
    // What was seen more than a minute ago counts no longer.
    assert.equal(look(1150), undefined);
  });

  it('knows the size of a topic from the segments of its partitions', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-topic-'));
    try {
      for (const partition of ['trades-0', 'trades-1', 'trades-x-0', 'trades']) mkdirSync(join(folder, partition));
      writeFileSync(join(folder, 'trades-0', '00.log'), 'x'.repeat(10));
      writeFileSync(join(folder, 'trades-0', '00.index'), 'x'.repeat(10));
      writeFileSync(join(folder, 'trades-0', '00.log.deleted'), 'x'.repeat(10));
      writeFileSync(join(folder, 'trades-1', '00.log'), 'x'.repeat(5));
      writeFileSync(join(folder, 'trades-x-0', '00.log'), 'x');
      assert.equal(topicBytes(folder, 'trades'), 15);
      assert.equal(topicBytes(join(folder, 'gone'), 'trades'), 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
