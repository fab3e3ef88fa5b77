import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClustersCommand, ECSClient, ListTasksCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { execa } from 'execa';
import type { HostStats, PlaybookEvent } from '../../../src/aws/hosts/ansible.ts';
import { installAnsible } from '../../../src/aws/setup/ansible.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { connect } from '../../../src/tools/kafka.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { unusedRights } from '../../support/aws/rights.ts';
import { AwsTestLake, containerLakeUnavailable, prefix } from '../../support/aws/test-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

interface Change {
  address: string;
  action: string;
}

interface Status {
  services: { name: string; desired: number; running: number }[];
  host?: unknown;
  producers: { id: string; line?: string }[];
  jobs: { state: string }[];
}

const cluster = `${prefix}-producers`;
const services = ['quotes', 'trades'].map((id) => `${prefix}-producer-${id}`);
const topics = ['coinbase-bad-records', 'coinbase-currencies', 'coinbase-trades', 'market-trades'];

/**
 * Tests in order: a lake whose producers are containers of Fargate, from a host that they replace to the proof that nothing is left. The tasks are
 * containers of podman; the stream jobs read nothing.
 */
describe('a lake in an account, with its producers in containers', function () {
  this.timeout(900_000);
  let lake: AwsTestLake;
  let ecs: ECSClient;

  before(async function () {
    skipWithout(this, await containerLakeUnavailable());
    lake = await AwsTestLake.containers();
    ecs = new ECSClient(lake.account.clientConfig);
    produceOn('host');
    await lake.storeSearchUser();
  });

  after(async () => {
    ecs?.destroy();
    await lake?.end();
  });

  const produceOn = (producers: 'host' | 'fargate') => {
    const aws = `aws: { prefix: ${prefix}, producers: ${producers} }`;
    const rates = 'quotes: { rate: 2 }\ntrades: { rate: 5 }';
    writeFileSync(join(lake.folder, 'cryptodm.yaml'), `target: aws\nsource: simulate\n${rates}\n${aws}\n`);
  };
  const up = async () => (await lake.json<{ changed: string[] }>('up', '--yes')).changed.sort();
  const changes = async () => (await lake.json<{ changes: Change[] }>('plan')).changes;
  /** The types of resources that a plan treats so. */
  const typesOf = (planned: Change[], action: string) =>
    new Set(planned.filter((one) => one.action === action).map(({ address }) => address.split('.')[0]));
  const secrets = async () =>
    [...(await lake.run('secrets', 'list', '--json')).matchAll(/"name":"[^"]*\/([^"]+)"/g)]
      .map(([, name]) => name)
      .sort();
  const status = async () => JSON.parse((await lake.try(['status', '--json'])).stdout) as Status;
  const tasks = async () => (await ecs.send(new ListTasksCommand({ cluster }))).taskArns?.sort();
  const grows = async () => {
    const both = ['coinbase-currencies', 'coinbase-trades'];
    const had = await Promise.all(both.map((topic) => lake.recordsOf(topic)));
    const grown = await awaitAnswer(
      async () => {
        const now = await Promise.all(both.map((topic) => lake.recordsOf(topic)));
        return now.every((count, at) => count > (had[at] ?? 0)) ? true : undefined;
      },
      { withinMs: 150_000, everyMs: 500 },
    );
    assert.ok(grown, `nothing new arrives: ${JSON.stringify(await status())}`);
  };

  it('begins with a host, which does not answer', async () => {
    const ran = await lake.try(['up', '--yes']);
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(ran.stderr, /the producer host can’t be reached by SSH/);
    assert.deepEqual(await secrets(), ['elasticsearch', 'host-key', 'machine-keys']);
  });

  it('plans containers in place of the host, and nothing else', async () => {
    produceOn('fargate');
    const planned = await changes();
    for (const type of ['aws_instance', 'aws_key_pair', 'aws_vpc_security_group_ingress_rule'])
      assert.ok(typesOf(planned, 'delete').has(type), type);
    for (const type of ['aws_ecs_cluster', 'aws_ecs_service', 'aws_ecs_task_definition', 'aws_ecr_repository'])
      assert.ok(typesOf(planned, 'create').has(type), type);
    assert.deepEqual([...typesOf(planned, 'replace')], []);
    const others = planned.filter(({ address }) =>
      /^aws_(msk_|emr_|s3_bucket|glue_|nat_|subnet\.|vpc\.)/.test(address),
    );
    assert.deepEqual(others, []);
  });

  it('brings the image, declares the topics by a task, and starts both producers', async () => {
    assert.deepEqual(await up(), ['image', 'infrastructure', 'intent', 'jobs', 'services', 'topics']);
    const admin = connect({ bootstrapServers: lake.services.brokers?.plainServers ?? '' }).admin();
    await admin.connect();
    const declared = (await admin.listTopics()).filter((name) => !name.startsWith('__')).sort();
    await admin.disconnect();
    assert.deepEqual(declared, topics);
    await grows();
  });

  it('keeps neither the host nor its key', async () => {
    const ec2 = new EC2Client(lake.account.clientConfig);
    const Filters = [
      { Name: 'tag:Name', Values: [`${prefix}-producers`] },
      { Name: 'instance-state-name', Values: ['pending', 'running'] },
    ];
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    ec2.destroy();
    assert.deepEqual(Reservations, []);
    assert.deepEqual(await secrets(), ['elasticsearch', 'machine-keys']);
    const folder = join(lake.folder, 'data', 'aws', prefix);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('producers.pem')),
      [],
    );
  });

  it('shows the producers that run, and what they log', async () => {
    const shown = await status();
    assert.deepEqual(
      shown.services.map(({ name, desired, running }) => [name, desired, running]).sort(),
      services.map((name) => [name, 1, 1]),
    );
    assert.equal(shown.host, undefined);
    assert.ok(shown.jobs.every(({ state }) => state === 'running'));
    assert.match(await lake.run('status'), /producer-trades/);
    for (const part of ['producer-quotes', 'producer-trades', 'topics']) {
      const logged = await awaitAnswer(
        async () => {
          const lines = await lake.runHere('logs', part);
          return lines.includes(part === 'topics' ? '"created"' : 'acknowledged') ? lines : undefined;
        },
        { withinMs: 60_000, everyMs: 1000 },
      );
      assert.ok(logged, `nothing is logged by ${part}`);
    }
  });

  it('changes nothing when everything is up', async () => {
    const before = await tasks();
    assert.equal(before?.length, 2);
    assert.deepEqual(await changes(), []);
    assert.deepEqual(await up(), []);
    assert.deepEqual(await tasks(), before);
  });

  it('stops its producers and starts them again', async () => {
    const stopped = await lake.json<{ changed: string[] }>('produce', '--stop', '--yes');
    assert.deepEqual(stopped.changed.sort(), ['intent', 'services']);
    assert.deepEqual(await tasks(), []);
    assert.deepEqual(producerProcesses(), []);
    const sent = await lake.recordsOf('coinbase-trades');
    assert.deepEqual(
      (await status()).services.map(({ desired, running }) => [desired, running]),
      [
        [0, 0],
        [0, 0],
      ],
    );
    assert.equal(await lake.recordsOf('coinbase-trades'), sent);
    const started = await lake.json<{ changed: string[] }>('produce', '--yes');
    assert.deepEqual(started.changed.sort(), ['intent', 'services']);
    await grows();
  });

  /** Runs the playbook as a user does. @param more arguments */
  async function play(...more: string[]): Promise<{ code: number; stats: HostStats | undefined; failures: string[] }> {
    const machine = thisMachine(process.env);
    const sources = { packageFolder: process.cwd(), cache: cacheFolder(machine) };
    const venv = await installAnsible(sources, machine, () => undefined);
    const inventory = join(lake.folder, 'data', 'aws', prefix, 'inventory.yml');
    const args = ['--inventory', inventory, 'deploy-processos-crypto.yml', ...more];
    const ran = await execa(join(venv, 'bin/ansible-playbook'), args, {
      cwd: 'ansible',
      env: { ...lake.env, ANSIBLE_STDOUT_CALLBACK: 'json_lines' },
      reject: false,
      stdin: 'ignore',
    });
    const events = ran.stdout
      .split('\n')
      .filter((line) => line.startsWith('{"event":'))
      .map((line) => JSON.parse(line) as PlaybookEvent);
    const last = events.at(-1);
    return {
      code: ran.exitCode ?? -1,
      stats: last?.event === 'stats' ? last.hosts[`${prefix}-containers`] : undefined,
      failures: events.flatMap((one) => (one.event === 'result' && one.state === 'failed' ? [one.message ?? ''] : [])),
    };
  }

  it('has its producers started by the playbook: one run starts both, a second changes 0, a dry run nothing', async () => {
    for (const service of services) await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
    const none = await awaitAnswer(async () => ((await tasks())?.length === 0 ? true : undefined), {
      withinMs: 60_000,
      everyMs: 200,
    });
    assert.ok(none);
    const dry = await play('--check');
    assert.deepEqual([dry.code, dry.stats?.changed, dry.failures], [0, 0, []]);
    assert.deepEqual(await tasks(), []);
    const first = await play();
    assert.deepEqual([first.code, first.stats?.changed, first.failures], [0, 1, []]);
    const running = await tasks();
    assert.equal(running?.length, 2);
    await grows();
    const second = await play();
    assert.deepEqual([second.code, second.stats?.changed, second.failures], [0, 0, []]);
    assert.deepEqual(await tasks(), running);
  });

  it('does not let the playbook change the infrastructure', async () => {
    const other = join(lake.folder, 'other-settings.json');
    const known = join(lake.folder, 'data', 'aws', prefix, 'settings.json');
    const given = JSON.parse(readFileSync(known, 'utf8')) as { aws: { brokers: { storageGb: number } } };
    given.aws.brokers.storageGb += 10;
    writeFileSync(other, JSON.stringify(given));
    const refused = await play('--extra-vars', JSON.stringify({ lake_settings: other }));
    assert.deepEqual([refused.code, refused.stats?.changed], [2, 0]);
    assert.match(refused.failures.join('\n'), /Make these \d+ changes .*no terminal to ask on/);
  });

  it('plans a host in place of the containers', async () => {
    produceOn('host');
    const planned = await changes();
    produceOn('fargate');
    assert.ok(typesOf(planned, 'create').has('aws_instance'));
    for (const type of ['aws_ecs_cluster', 'aws_ecs_service', 'aws_ecr_repository'])
      assert.ok(typesOf(planned, 'delete').has(type), type);
  });

  it('has used every right of the roles of its tasks, but those that are kept for a reason', async () => {
    const [granted, used] = [await lake.account.statements(), await lake.account.rights()];
    for (const role of ['producers', 'producers-start']) {
      const name = `${prefix}-${role}`;
      assert.ok((granted[name] ?? []).length > 0, name);
      assert.deepEqual(unusedRights(role, granted[name] ?? [], used[name] ?? {}), [], role);
    }
  });

  it('leaves nothing', async () => {
    const proof = await lake.json<{ removed: number; tagged: string[]; named: string[]; files: string[] }>(
      'down',
      '--yes',
    );
    assert.deepEqual([proof.tagged, proof.named, proof.files], [[], [], []]);
    assert.ok(proof.removed >= 5);
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    assert.equal(clusters[0]?.status, 'INACTIVE');
    assert.deepEqual([clusters[0].activeServicesCount, clusters[0].runningTasksCount], [0, 0]);
    assert.deepEqual(producerProcesses(), []);
    assert.deepEqual(existsSync(join(lake.folder, 'data')) ? readdirSync(join(lake.folder, 'data')) : [], []);
  });

  /** The processes of this account's producers, which are in containers. */
  const producerProcesses = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
          return (
            /\/app\/Producer\w+-1\.0\.jar/.test(args) && environment.includes(`AWS_ENDPOINT_URL=${lake.account.url}`)
          );
        } catch {
          return false;
        }
      });
});
