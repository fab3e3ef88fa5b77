import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { synthesiseStacks } from './stack.ts';

// A wanted change is written by: CRYPTODM_UPDATE_SNAPSHOTS=1 npx mocha test/synth/snapshot.test.ts
const update = process.env['CRYPTODM_UPDATE_SNAPSHOTS'] === '1';

/** Keys in order, and without what CDKTF says of itself. */
function settle(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(settle);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '//');
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, settle(item)]));
}

describe('snapshots of the stacks', () => {
  const stacks = synthesiseStacks();
  for (const name of ['lake', 'search']) {
    it(`${name} is as it was written down`, () => {
      const path = fileURLToPath(new URL(`../fixtures/synth/${name}.json`, import.meta.url));
      const now = settle(stacks[name]);
      if (update) writeFileSync(path, `${JSON.stringify(now, null, 1)}\n`);
      assert.deepEqual(now, JSON.parse(readFileSync(path, 'utf8')));
    });
  }

  it('holds every stack', () => {
    assert.deepEqual(Object.keys(stacks).sort(), ['lake', 'search']);
  });
});
