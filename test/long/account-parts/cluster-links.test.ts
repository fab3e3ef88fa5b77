import assert from 'node:assert/strict';
import { findMissingLinks } from '../../support/aws/cluster-links.ts';

/** A cluster brings its own Iceberg, which is older than the one that the jars are built with. */
describe('the jars of the jobs and the libraries of a cluster', function () {
  this.timeout(600_000);

  it('fit together: all that the jobs use of Iceberg is in the oldest release that the settings allow', async () => {
    assert.deepEqual(await findMissingLinks(), []);
  });
});
