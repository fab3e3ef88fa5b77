import assert from 'node:assert/strict';
import { LakeStory } from '../support/aws/lake-story.ts';
import { awsLakeUnavailable } from '../support/aws/test-lake.ts';
import { skipWithout } from '../support/skipping.ts';

/** The short story: raised once, looked at, taken down. The long one (test/long/account) also breaks, keeps and repeats. */
describe('a lake in an account, raised once', function () {
  this.timeout(900_000);
  const story = new LakeStory();

  before(async function () {
    skipWithout(this, await awsLakeUnavailable());
    await story.begin();
  });

  after(async () => {
    await story.end();
  });

  story.itBegins();

  it('is raised by one command', async () => {
    const up = await story.lake.json<{ changed: string[] }>('up', '--yes');
    assert.ok(up.changed.includes('jobs'), up.changed.join());
  });

  story.itFlows();
  story.itKeepsSecrets();
  story.itLeavesNothing();
});
