import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { renderSshConfig } from '../../support/aws/host.ts';
import { LakeStory } from '../../support/aws/lake-story.ts';
import { awsLakeUnavailable } from '../../support/aws/test-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

/** One story, in order: what a user does with a lake in an account, from the first file to the proof that nothing is left. */
describe('a lake in an account', function () {
  this.timeout(1_200_000);
  const story = new LakeStory();
  /** trades that a lake without its processes held */
  let kept: number;

  before(async function () {
    skipWithout(this, await awsLakeUnavailable());
    await story.begin();
  });

  after(async () => {
    await story.end();
  });

  story.itBegins();

  it('says that the producer host does not answer', async () => {
    const closed = join(story.lake.folder, 'ssh_config');
    writeFileSync(closed, renderSshConfig([{ names: ['*'], port: await freePort() }]));
    const ran = await story.lake.try(['up', '--yes'], {
      env: { ANSIBLE_SSH_ARGS: `-F ${closed}`, CRYPTODM_AWS_HOST_SSHTIMEOUT: '5s' },
    });
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(ran.stderr, /the producer host can’t be reached by SSH: .*Connection refused/);
    assert.match(ran.stderr, /run the same command: it goes on where it stopped/);
  });

  it('is raised by the same command, which goes on there', async () => {
    const up = await story.lake.json<{ changed: string[] }>('up', '--yes');
    assert.deepEqual(up.changed.sort(), ['jobs', 'processes']);
  });

  story.itFlows();

  it('runs its functions', async () => {
    assert.match(await story.lake.run('assets', 'refresh'), /icons from the bundled list: 0 new/);
    assert.match(await story.lake.run('tables', 'create'), /crypto_db\.crypto_quote +unchanged/);
    const sums = `select sum(price_crypto) as total, count(*) as n from crypto_db.crypto_quote
                  where start_window < timestamp '${new Date(Date.now() - 180_000).toISOString().slice(0, 19).replace('T', ' ')} UTC'`;
    const before = await story.lake.query(sums);
    await story.lake.run('optimize-iceberg');
    assert.deepEqual(await story.lake.query(sums), before);
  });

  it('submits a stream job again that has died, without a row twice', async () => {
    const [pid] = story.stepProcesses('KafkaConsumerTraderS3');
    assert.ok(pid, 'no process of the trades’ job');
    process.kill(pid, 'SIGKILL');
    const back = await awaitAnswer(() => story.stepProcesses('KafkaConsumerTraderS3').find((other) => other !== pid), {
      withinMs: 120_000,
      everyMs: 500,
    });
    assert.ok(back, 'the job was not submitted again');
    const had = await story.count('crypto_trader');
    const more = await awaitAnswer(async () => ((await story.count('crypto_trader')) > had ? true : undefined), {
      withinMs: 180_000,
      everyMs: 2000,
    });
    assert.ok(more, 'no more trades arrive');
    assert.deepEqual(await story.twice(), []);
  });

  story.itKeepsSecrets();

  it('keeps its data while the rest is taken away: all that the topics held', async () => {
    const down = await story.lake.json<{ keptData: boolean }>('down', '--keep-data', '--yes');
    assert.equal(down.keptData, true);
    assert.deepEqual(story.stepProcesses('KafkaConsumer'), []);
    kept = await story.count('crypto_trader');
    assert.equal(kept, await story.recordsOf('coinbase-trades'));
    // The brokers are gone for the account; those that stand for the next ones begin empty too.
    await story.lake.world.brokers?.clear();
  });

  it('goes on with the same tables and new topics, each row once', async () => {
    const quotes = await story.count('crypto_quote');
    const up = await story.lake.json<{ changed: string[] }>('up', '--yes');
    assert.deepEqual(up.changed.sort(), ['infrastructure', 'jobs', 'processes', 'spec']);
    const grown = await awaitAnswer(
      async () =>
        (await story.count('crypto_trader')) > kept && (await story.count('crypto_quote')) > quotes ? true : undefined,
      { withinMs: 180_000, everyMs: 2000 },
    );
    assert.ok(grown, 'nothing new arrives');
    assert.deepEqual(await story.twice(), []);
  });

  it('stops its producers alone: the jobs come to the end of the topics', async () => {
    await story.lake.run('produce', '--stop', '--yes');
    const sent = await story.recordsOf('coinbase-trades');
    const read = await awaitAnswer(
      async () => ((await story.count('crypto_trader')) === kept + sent ? true : undefined),
      {
        withinMs: 120_000,
        everyMs: 2000,
      },
    );
    assert.ok(read, 'the tables do not hold what the topics hold');
    assert.equal(await story.recordsOf('coinbase-trades'), sent);
    assert.match(await story.lake.run('jobs', 'list'), /trades-iceberg +s-\w+ +running/);
  });

  story.itLeavesNothing();
});
