import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parse } from 'node:path';

describe('the page of findings for a real account', () => {
  const rows = readFileSync('docs/aws-findings.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| \d+b? /.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  /** Names of the files with tests of the JVM side. */
  const ofJvm = new Set(
    readdirSync('jars')
      .map((module) => `jars/${module}/src/test`)
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      .map((path) => parse(path).name),
  );

  it('has each of the 37, once', () => {
    const numbers = rows.map(([, number]) => number);
    const counted = Array.from({ length: 36 }, (_, at) => String(at + 1));
    assert.deepEqual(numbers, [...counted.slice(0, 17), '17b', ...counted.slice(17)]);
  });

  it('names tests that exist, but for what is answered in writing', () => {
    const answered = [];
    for (const [, number, , how = '', seen = ''] of rows) {
      const named = [...seen.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
      if (named.length === 0) answered.push(number);
      assert.equal(how.startsWith('**answered'), named.length === 0, number);
      for (const name of named) {
        const found = name.includes('/')
          ? existsSync(`test/${name}.test.ts`) || existsSync(`test/${name}`)
          : ofJvm.has(name);
        assert.ok(found, `${String(number)}: ${name}`);
      }
    }
    assert.deepEqual(answered, ['10', '32']);
  });
});
