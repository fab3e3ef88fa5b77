import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { unusedRights } from '../../support/aws/rights.ts';
import { AwsTestLake, awsLakeUnavailable, closedHost, prefix } from '../../support/aws/test-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

/** Roles whose rights test/integration-aws/functions.test.ts and test/long/account-parts/glue.test.ts compare with their calls. */
const judgedElsewhere = ['expire-lake', 'optimize', 'report-health', 'resubmit-step'];

interface Job {
  id: string;
  state: string;
}

/**
 * Tests in order: what a user does with a lake in an account, from the first file to the proof that nothing is left. Takes minutes: it is
 * raised twice, and Terraform's provider rests as long between two looks at what it makes as it would in a real account.
 */
describe('a lake in an account', function () {
  this.timeout(1_200_000);
  let lake: AwsTestLake;
  /** number of trades while the lake was kept without its processes */
  let kept: number;

  before(async function () {
    skipWithout(this, await awsLakeUnavailable());
    lake = await AwsTestLake.whole();
  });

  after(async () => {
    await lake.end();
  });

  const count = async (table: string) => {
    const [row] = await lake.query<{ n: number | string }>(`select count(*) as n from crypto_db.${table}`);
    return Number(row?.n);
  };

  /** Keys with more than one row. */
  const twice = async () => [
    ...(await lake.query(
      'select asset_id, start_window from crypto_db.crypto_quote group by asset_id, asset_type, start_window having count(*) > 1',
    )),
    ...(await lake.query(
      'select transaction_id from crypto_db.crypto_trader group by transaction_id having count(*) > 1',
    )),
  ];

  it('starts with a settings file and a secret', async () => {
    const { url = '' } = lake.services.search ?? {};
    await lake.run('init', '--target', 'aws', '--prefix', prefix, '--source', 'simulate', '--elastic-url', url);
    assert.match(readFileSync(join(lake.folder, 'cryptodm.yaml'), 'utf8'), /^target: aws$/m);
    const stored = await lake.try(['secrets', 'set', 'elasticsearch', '--from-env'], {
      env: { ELASTICSEARCH_USERNAME: 'ana', ELASTICSEARCH_PASSWORD: 'hidden-word' },
    });
    assert.equal(stored.code, 0, stored.stderr);
    assert.match(await lake.run('secrets', 'list'), /acme-lake\/elasticsearch/);
  });

  it('shows what will be made and what it costs: within a dollar an hour', async () => {
    const plan = await lake.json<{ changes: { action: string }[]; costs: { perHour: number } }>('plan');
    assert.ok(plan.changes.length > 150);
    assert.ok(plan.changes.every(({ action }) => action === 'create'));
    assert.ok(plan.costs.perHour > 0.1 && plan.costs.perHour <= 1, String(plan.costs.perHour));
  });

  it('reports that the producer host does not answer', async () => {
    const ran = await lake.try(['up', '--yes'], { env: await closedHost(lake.folder) });
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(ran.stderr, /the producer host can’t be reached by SSH: .*Connection refused/);
    assert.match(ran.stderr, /run the same command: it goes on where it stopped/);
  });

  it('is started by the same command, which goes on there', async () => {
    const up = await lake.json<{ changed: string[] }>('up', '--yes');
    assert.deepEqual(up.changed.sort(), ['intent', 'jobs', 'processes']);
  });

  it('writes quotes and trades into the tables, once each, and quotes into the index', async () => {
    const full = await awaitAnswer(
      async () => ((await count('crypto_quote')) >= 4 && (await count('crypto_trader')) >= 20 ? true : undefined),
      { withinMs: 300_000, everyMs: 2000 },
    );
    assert.ok(full, 'the tables stay empty');
    assert.deepEqual(await twice(), []);
    const rows = await lake.query<{ asset_id: string; price_crypto: string; at: string }>(
      `select asset_id, cast(price_crypto as varchar) as price_crypto,
              cast(to_unixtime(start_window) as bigint) as at
       from crypto_db.crypto_quote where start_window < now() - interval '2' minute order by start_window limit 2`,
    );
    for (const row of rows) {
      const minute = new Date(Number(row.at) * 1000).toISOString().replace('.000Z', 'Z');
      const document = await documentOf(`${row.asset_id}-USD-${minute}`);
      assert.equal(Number(document?.['price_crypto']), Number(row.price_crypto));
    }
  });

  it('values trades by the minute’s price and knows the coins’ icons', async () => {
    const valued = await awaitAnswer(
      async () => {
        const found = await lake.query<{ total: string; worth: string; icon_url: string }>(
          `select cast(total_price_transaction as double) as total, cast(quantity * price_crypto as double) as worth, icon_url
           from crypto_db.crypto_trader_view where price_crypto is not null limit 5`,
        );
        return found.length > 0 ? found : undefined;
      },
      { withinMs: 180_000, everyMs: 2000 },
    );
    assert.ok(valued, 'no trade is valued');
    for (const { total, worth, icon_url } of valued) {
      assert.ok(Math.abs(Number(total) - Number(worth)) < 1e-6);
      assert.match(icon_url, /^https:/);
    }
  });

  it('changes nothing when everything is up', async () => {
    assert.deepEqual((await lake.json<{ changes: unknown[] }>('plan')).changes, []);
    assert.deepEqual((await lake.json<{ changed: string[] }>('up', '--yes')).changed, []);
  });

  it('shows its status', async () => {
    const status = JSON.parse(await lake.run('status', '--json')) as { jobs: Job[] };
    assert.deepEqual(
      status.jobs.map(({ id, state }) => [id, state]),
      ['quotes-iceberg', 'trades-iceberg', 'market-iceberg', 'quotes-elasticsearch', 'lake-layers'].map((id) => [
        id,
        'running',
      ]),
    );
    assert.match(await lake.run('jobs', 'list'), /quotes-iceberg +s-\w+ +running/);
    const logged = await awaitAnswer(
      async () => ((await lake.runHere('logs', 'producer-trades')).includes('acknowledged') ? true : undefined),
      { withinMs: 60_000, everyMs: 1000 },
    );
    assert.ok(logged, 'the producers’ logs are not shipped');
  });

  it('runs its functions', async () => {
    assert.match(await lake.run('assets', 'refresh'), /icons from the bundled list: 0 new/);
    assert.match(await lake.run('tables', 'create'), /crypto_db\.crypto_quote +unchanged/);
    const sums = `select sum(price_crypto) as total, count(*) as n from crypto_db.crypto_quote
                  where start_window < timestamp '${new Date(Date.now() - 180_000).toISOString().slice(0, 19).replace('T', ' ')} UTC'`;
    const before = await lake.query(sums);
    await lake.run('optimize-iceberg');
    assert.deepEqual(await lake.query(sums), before);
  });

  it('submits a stream job again that has died, without a row twice', async () => {
    const [pid] = stepProcesses('KafkaConsumerTraderS3');
    assert.ok(pid, 'no process of the trades’ job');
    process.kill(pid, 'SIGKILL');
    const back = await awaitAnswer(() => stepProcesses('KafkaConsumerTraderS3').find((other) => other !== pid), {
      withinMs: 120_000,
      everyMs: 500,
    });
    assert.ok(back, 'the job was not submitted again');
    const had = await count('crypto_trader');
    const more = await awaitAnswer(async () => ((await count('crypto_trader')) > had ? true : undefined), {
      withinMs: 180_000,
      everyMs: 2000,
    });
    assert.ok(more, 'no more trades arrive');
    assert.deepEqual(await twice(), []);
  });

  it('has no secret in any file or output', async () => {
    const data = join(lake.folder, 'data', 'aws', prefix);
    for (const name of ['journal.json', 'deployment.json', 'inventory.yml', 'lake.json']) {
      assert.doesNotMatch(readFileSync(join(data, name), 'utf8'), /hidden-word/, name);
    }
    const steps = await lake.run('jobs', 'list', '--json');
    assert.doesNotMatch(steps, /hidden-word/);
  });

  it('keeps its data while the rest is removed: everything that was in the topics', async () => {
    const down = await lake.json<{ keptData: boolean }>('down', '--keep-data', '--yes');
    assert.equal(down.keptData, true);
    assert.deepEqual(stepProcesses('KafkaConsumer'), []);
    kept = await count('crypto_trader');
    assert.equal(kept, await lake.recordsOf('coinbase-trades'));
    // The account's brokers are gone; ours play the next ones, which start empty.
    await lake.services.brokers?.clear();
  });

  it('goes on with the same tables and new topics, each row once', async () => {
    const quotes = await count('crypto_quote');
    const up = await lake.json<{ changed: string[] }>('up', '--yes');
    assert.deepEqual(up.changed.sort(), ['infrastructure', 'intent', 'jobs', 'processes', 'spec']);
    const grown = await awaitAnswer(
      async () => ((await count('crypto_trader')) > kept && (await count('crypto_quote')) > quotes ? true : undefined),
      { withinMs: 180_000, everyMs: 2000 },
    );
    assert.ok(grown, 'nothing new arrives');
    assert.deepEqual(await twice(), []);
  });

  it('stops only its producers: the jobs reach the end of the topics', async () => {
    await lake.run('produce', '--stop', '--yes');
    const sent = await lake.recordsOf('coinbase-trades');
    const read = await awaitAnswer(async () => ((await count('crypto_trader')) === kept + sent ? true : undefined), {
      withinMs: 120_000,
      everyMs: 2000,
    });
    assert.ok(read, 'the tables do not hold what the topics hold');
    assert.equal(await lake.recordsOf('coinbase-trades'), sent);
    assert.match(await lake.run('jobs', 'list'), /trades-iceberg +s-\w+ +running/);
  });

  it('has used every right of its roles, but those that are kept for a reason', async () => {
    const { account } = lake.services;
    const [granted, used] = [await account.statements(), await account.rights()];
    const roles = Object.keys(granted).filter((name) => name.startsWith(`${prefix}-`));
    const unused = roles.flatMap((name) => {
      const role = name.slice(prefix.length + 1);
      if (judgedElsewhere.includes(role)) return [];
      return unusedRights(role, granted[name] ?? [], used[name] ?? {}).map((action) => `${role} ${action}`);
    });
    assert.ok(roles.length > judgedElsewhere.length);
    assert.deepEqual(unused, [], unused.join('\n'));
  });

  it('leaves nothing', async () => {
    const proof = await lake.json<{ removed: number; tagged: string[]; named: string[]; files: string[] }>(
      'down',
      '--yes',
    );
    assert.deepEqual([proof.tagged, proof.named, proof.files], [[], [], []]);
    assert.ok(proof.removed >= 5);
    assert.deepEqual(existsSync(join(lake.folder, 'data')) ? readdirSync(join(lake.folder, 'data')) : [], []);
    assert.equal(await documentCount(), undefined);
    assert.deepEqual(stepProcesses('KafkaConsumer'), []);
  });

  const search = (path: string) => fetch(`${lake.services.search?.url ?? ''}/${path}`);

  const documentOf = async (id: string) => {
    const answer = await search(`crypto_quote/_doc/${encodeURIComponent(id)}`);
    return ((await answer.json()) as { _source?: Record<string, unknown> })._source;
  };

  const documentCount = async () => {
    const answer = await search('crypto_quote/_count');
    return answer.ok ? ((await answer.json()) as { count: number }).count : undefined;
  };

  /** The Java processes of this account's steps that run a jar. */
  const stepProcesses = (jar: string) =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const args = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
          const environment = readFileSync(`/proc/${String(pid)}/environ`, 'utf8');
          return (
            args[0]?.endsWith('java') === true &&
            args.some((arg) => arg.includes(jar)) &&
            environment.includes(`AWS_ENDPOINT_URL=${lake.account.url}`)
          );
        } catch {
          return false;
        }
      });
});
