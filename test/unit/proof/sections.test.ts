import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { longSections, quickSections } from '../../sections.js';

/** All test files of the repository. */
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => `test/${name}`)
  .filter((name) => name.endsWith('.test.ts'));

const sections = [...quickSections, ...longSections];
const items = sections.flatMap((section) => section.items);

describe('the sections of the proof', () => {
  it('hold each test file once', () => {
    for (const file of files) {
      const holders = items.filter(
        ({ mocha }) => mocha !== undefined && (file === mocha || file.startsWith(`${mocha}/`)),
      );
      // Items that run a part of the same file differ by their "grep".
      const parts = new Set(holders.map(({ grep }) => grep));
      assert.ok(holders.length > 0, `${file} is in no section of test/sections.js`);
      assert.equal(parts.size, holders.length, `${file} is in more than one section of test/sections.js`);
    }
  });

  it('name no file or folder without tests', () => {
    for (const { mocha } of items) {
      if (mocha === undefined) continue;
      assert.ok(
        files.some((file) => file === mocha || file.startsWith(`${mocha}/`)),
        `${mocha} has no tests`,
      );
    }
  });

  it('have unique names, because results are stored by name', () => {
    for (const list of [quickSections, longSections]) {
      assert.equal(new Set(list.map(({ name }) => name)).size, list.length);
    }
  });
});
