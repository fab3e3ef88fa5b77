import assert from 'node:assert/strict';
import type { LakeStatus } from '../../../../src/local/status/model.ts';
import { StatusCache } from '../../../../src/local/status/status-cache.ts';

/** Collections that the test ends. */
class Collections {
  readonly begun: { end: () => void; fail: (why: string) => void }[] = [];

  collect = (): Promise<LakeStatus> =>
    new Promise((resolve, reject) => {
      const status = { data: String(this.begun.length) } as LakeStatus;
      this.begun.push({ end: () => resolve(status), fail: (why) => reject(new Error(why)) });
    });
}

describe('the status that the supervisor collects for all', () => {
  it('answers those who ask for now by a collection that began after their question', async () => {
    const collections = new Collections();
    const cache = new StatusCache(collections.collect);
    const [first, second] = [cache.ask(0), cache.ask(0)];
    assert.equal(collections.begun.length, 2);
    for (const { end } of collections.begun) end();
    assert.deepEqual([(await first).status.data, (await second).status.data], ['0', '1']);
  });

  it('gives those who allow it the last answer, or the one that is on its way', async () => {
    const collections = new Collections();
    const cache = new StatusCache(collections.collect);
    const asked = [cache.ask(60_000), cache.ask(60_000)];
    collections.begun[0]?.end();
    const later = cache.ask(60_000);
    const answers = await Promise.all([...asked, later]);
    assert.equal(collections.begun.length, 1);
    assert.equal(new Set(answers).size, 1);
    assert.equal((await cache.ask(60_000)).status.data, '0');
    assert.equal(collections.begun.length, 1);
  });

  it('collects again when the last answer is too old, and after a failure', async () => {
    const collections = new Collections();
    const cache = new StatusCache(collections.collect);
    const failing = cache.ask(60_000);
    collections.begun[0]?.fail('no broker');
    await assert.rejects(failing, /no broker/);
    const next = cache.ask(60_000);
    collections.begun[1]?.end();
    assert.equal((await next).status.data, '1');
    void cache.ask(0);
    assert.equal(collections.begun.length, 3);
  });
});
