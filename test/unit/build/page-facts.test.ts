import assert from 'node:assert/strict';
import { anchorsOf, linksOf, pathsOf, unpad } from '../../../build/markdown/page-facts.ts';

describe('a page', () => {
  it('has narrow tables, except in a fenced block', () => {
    const padded = '| a   | b |\n| :--- | ----: |\n| x \\| y |   |\n';
    assert.equal(unpad(padded), '| a | b |\n| :--- | ---: |\n| x \\| y |  |\n');
    assert.equal(unpad('```\n| a   |\n```'), '```\n| a   |\n```');
  });

  it('names its links and pictures, except those outside and in code', () => {
    const page = '[a](b.md#c) ![d](e.png) <img src="f.png"> [g](https://example.com) `[h](i)`\n```\n[j](k)\n```';
    assert.deepEqual(linksOf(page), ['b.md#c', 'e.png', 'f.png']);
  });

  it('has anchors as GitHub makes them', () => {
    assert.deepEqual([...anchorsOf('# AWS: names\n## crypto_db.crypto_quote')], ['aws-names', 'crypto_dbcrypto_quote']);
  });

  it('names paths of the repository, in commands too', () => {
    const page =
      'In `src/a.ts`, `src/{b,c}.ts` and src/d. Not `src/*.ts`, `bench/<x>`, `run/x.json`, https://e.com/docs/f.';
    assert.deepEqual(pathsOf(`${page}\n\`\`\`\nnpx mocha test/e.ts\n\`\`\``), [
      'src/a.ts',
      'src/b.ts',
      'src/c.ts',
      'src/d',
      'test/e.ts',
    ]);
  });
});
