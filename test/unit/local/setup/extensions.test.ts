import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { duckdbVersion, readyExtensions } from '../../../../src/local/setup/extensions-folder.ts';

describe('extensions', () => {
  it('are of the version of the pinned DuckDB', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    assert.equal(dependencies['@duckdb/node-api']?.replace(/-r\.\d+$/, ''), duckdbVersion);
  });

  it('are not ready in an empty cache', () => {
    assert.equal(readyExtensions('/nowhere'), undefined);
  });
});
