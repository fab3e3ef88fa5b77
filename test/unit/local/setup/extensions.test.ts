import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { duckdbVersion, readyExtensions } from '../../../../src/local/setup/extensions-folder.ts';

describe('extensions', () => {
  it('are of the version of the pinned DuckDB', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    assert.equal(dependencies?.['@duckdb/node-bindings']?.replace(/-r\.\d+$/, ''), duckdbVersion);
    // One is installed and the other bundled: they must fit each other.
    assert.equal(devDependencies?.['@duckdb/node-api'], dependencies['@duckdb/node-bindings']);
  });

  it('are not ready in an empty cache', () => {
    assert.equal(readyExtensions('/nowhere'), undefined);
  });
});
