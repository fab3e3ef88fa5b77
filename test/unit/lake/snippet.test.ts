import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { sparkVersions } from '../../../src/lake/snippet.ts';

describe('what opens a lake with Spark', () => {
  it('names the versions that the lake itself runs on', () => {
    const pom = readFileSync('jars/pom.xml', 'utf8');
    const version = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(pom)?.[1];
    assert.deepEqual(sparkVersions, {
      spark: version('spark.version'),
      scala: version('scala.binary.version'),
      iceberg: version('iceberg.version'),
    });
  });
});
