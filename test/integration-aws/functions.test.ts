import assert from 'node:assert/strict';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { DescribeClusterCommand, EMRClient } from '@aws-sdk/client-emr';
import { CreateClusterCommand, KafkaClient, ListClustersV2Command } from '@aws-sdk/client-kafka';
import { DeleteObjectCommand, PutBucketTaggingCommand } from '@aws-sdk/client-s3';
import { scheduledRules } from '../../src/lake/functions.ts';
import { writeIntent, type Intent } from '../../src/aws/services/intent.ts';
import { writeSecret } from '../../src/aws/services/secrets-manager.ts';
import { addSteps, killSteps, listSteps, type EmrStep } from '../../src/aws/services/emr.ts';
import { acquireLease, optimizeLeaseKey, readLease, releaseLease, renewLease } from '../../src/aws/services/lease.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { json, listen, type Answer, type Listening, type Message } from '../support/aws/elastic-cloud/messages.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { buildFunctions, FunctionLake } from '../support/aws/function-lake.ts';
import { unusedRights } from '../support/aws/rights.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

/** The deployments of an account of Elastic Cloud, as far as the end of a lake asks for them. */
class FakeCloud {
  readonly apiKey = 'a-key-of-elastic-cloud';
  /** the end of a deployment fails */
  refuses = false;
  private readonly stopped = new Set<string>();
  private listening: Listening | undefined;

  static async start(): Promise<FakeCloud> {
    const cloud = new FakeCloud();
    cloud.listening = await listen((message) => Promise.resolve(cloud.answer(message)));
    return cloud;
  }

  get url(): string {
    return this.listening?.url ?? '';
  }

  get running(): string[] {
    return ['acme-search', 'other-search'].filter((id) => !this.stopped.has(id));
  }

  async stop(): Promise<void> {
    await this.listening?.stop();
  }

  private answer({ method, url, headers }: Message): Answer {
    if (headers.authorization !== `ApiKey ${this.apiKey}`) return json(401, {});
    const [, , , , id = '', action = ''] = url.pathname.split('/');
    if (id === '') {
      return json(200, { deployments: ['acme-search', 'other-search'].map((name) => ({ id: name, name })) });
    }
    if (method === 'GET') {
      const lake = id.replace('-search', '');
      const info = { status: this.stopped.has(id) ? 'stopped' : 'started' };
      const carried = Object.entries({ ...tags, lake }).map(([key, value]) => ({ key, value }));
      return json(200, { metadata: { tags: carried }, resources: { elasticsearch: [{ info }] } });
    }
    if (method !== 'POST' || action !== '_shutdown') return json(404, {});
    if (this.refuses) return json(500, {});
    this.stopped.add(id);
    return json(200, { id });
  }
}

/** A step that fails or runs until it gets SIGTERM. */
const runner = `
if (process.argv.at(-1) === 'fail') process.exit(3);
setInterval(() => undefined, 1000);
`;

/** What report-health answers for a lake that lives. */
interface Reported {
  jobs: {
    id: string;
    freshness: number | null;
    lag: number | null;
    badRecords: number | null;
    lostRecords: number | null;
  }[];
  upkeep: { upkeepAge: number | null; iconsAge: number | null };
  parts: { clusters: number | null; searchFailures: number | null };
}

const tags = { project: 'crypto-lake', lake: 'acme' };
const tagList = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const withTags = (type: ResourceType) => [{ ResourceType: type, Tags: tagList }];

describe('the functions that need no table', function () {
  this.timeout(120_000);
  let account: EmulatedAccount;
  let lake: FunctionLake;
  let cluster: string;
  let restore: () => void;
  let cloud: FakeCloud;

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ stepRunner: [process.execPath, '-e', runner, '--'] });
    restore = changeEnvironment(account.env());
    await buildFunctions();
    lake = await FunctionLake.make(account, '', 'emr');
    const CLUSTER_NAME = `${lake.prefix}-jobs`;
    cloud = await FakeCloud.start();
    const secret = { ELASTIC_CLOUD_SECRET: 'acme/elastic-cloud', EC_ENDPOINT: cloud.url };
    await writeSecret(connection(), 'acme/elastic-cloud', { apiKey: cloud.apiKey }, tags);
    await lake.createFunction('expire-lake', { CLUSTER_NAME, ...secret });
    await lake.createFunction('report-health', { CLUSTER_NAME });
    for (const name of scheduledRules) {
      const rule = { Name: `acme-${name}`, ScheduleExpression: 'rate(1 minute)' };
      await new EventBridgeClient(lake.config).send(new PutRuleCommand(rule));
    }
    const resubmit = await lake.createFunction('resubmit-step', { CLUSTER_NAME });
    cluster = await startEmrCluster(account, CLUSTER_NAME, { tags });
    // The pattern of cdktf/constructs/upkeep.ts.
    await lake.subscribe(resubmit, 'step-failed', {
      source: ['aws.emr'],
      'detail-type': ['EMR Step Status Change'],
      detail: { clusterId: [cluster], state: ['FAILED'] },
    });
  });

  after(async () => {
    await (account as EmulatedAccount | undefined)?.stop();
    await (cloud as FakeCloud | undefined)?.stop();
    (restore as (() => void) | undefined)?.();
  });

  const connection = () => ({ region: account.region });
  const stepsOf = async (name: string) => (await listSteps(connection(), cluster)).filter((step) => step.name === name);
  const submit = async (name: string, what: string) => {
    const [id = ''] = await addSteps(connection(), cluster, [{ name, args: ['spark-submit', '--name', name, what] }]);
    return id;
  };
  const stepEvent = (stepId: string, name: string, state = 'FAILED') => ({
    source: 'aws.emr',
    'detail-type': 'EMR Step Status Change',
    detail: { clusterId: cluster, stepId, name, state },
  });
  async function awaitState(id: string, state: EmrStep['state']): Promise<void> {
    const reached = await awaitAnswer(
      async () =>
        (await listSteps(connection(), cluster)).find((step) => step.id === id)?.state === state ? true : undefined,
      { withinMs: 30_000 },
    );
    assert.ok(reached, `${id} is not ${state}`);
  }

  describe('resubmit-step', () => {
    it('submits a failing stream again with the same arguments, five times, then reports it', async () => {
      await submit('quotes-iceberg', 'fail');
      const alert = await awaitAnswer(
        async () =>
          (await account.messages()).find(
            ({ subject }) => subject === 'acme: quotes-iceberg will not be submitted again',
          ),
        { withinMs: 90_000, everyMs: 200 },
      );
      assert.match(alert?.message ?? '', /quotes-iceberg has failed 6 times within an hour/);
      const steps = await stepsOf('quotes-iceberg');
      assert.deepEqual(
        steps.map(({ state, args }) => [state, args.at(-1)]),
        Array.from({ length: 6 }, () => ['FAILED', 'fail']),
      );
    });

    it('leaves a cancelled step alone', async () => {
      const id = await submit('trades-iceberg', 'stay');
      await awaitState(id, 'RUNNING');
      await killSteps(connection(), cluster, [id]);
      await awaitState(id, 'CANCELLED');
      assert.deepEqual(await lake.call('resubmit-step', stepEvent(id, 'trades-iceberg')), {
        ignored: `${id} is cancelled`,
      });
      assert.equal((await stepsOf('trades-iceberg')).length, 1);
    });

    it('ignores steps that are no stream', async () => {
      const id = await submit('IcebergOptimize', 'fail');
      await awaitState(id, 'FAILED');
      assert.deepEqual(await lake.call('resubmit-step', stepEvent(id, 'IcebergOptimize')), {
        ignored: 'IcebergOptimize is not a stream job',
      });
      assert.equal((await stepsOf('IcebergOptimize')).length, 1);
    });
  });

  describe('a lease', () => {
    const where = (key: string) => ({ connection: connection(), bucket: lake.artifacts, key });

    it('goes to one of several callers, and to the next one after its release', async () => {
      const names = ['one', 'two', 'three'];
      const answers = await Promise.all(names.map((name) => acquireLease(where('a-lease'), name, 60, { name })));
      const [held, ...more] = answers.flatMap((answer) => ('held' in answer ? [answer.held] : []));
      assert.ok(held);
      assert.equal(more.length, 0);
      for (const answer of answers) if ('busy' in answer) assert.equal(answer.busy.holder, held.holder);

      const renewed = await renewLease(where('a-lease'), held, 60, { name: 'renewed' });
      assert.ok(renewed);
      assert.equal(await renewLease(where('a-lease'), held, 60), undefined, 'by the version before');
      assert.equal(await releaseLease(where('a-lease'), renewed), true);
      assert.deepEqual((await readLease(where('a-lease')))?.note, { name: 'renewed' });
      assert.ok('held' in (await acquireLease(where('a-lease'), 'four', 60, {})));
    });

    it('is free when it has expired, and its holder has lost it', async () => {
      const first = await acquireLease(where('b-lease'), 'one', 0, {});
      assert.ok('held' in first);
      assert.ok('held' in (await acquireLease(where('b-lease'), 'two', 60, {})));
      assert.equal(await renewLease(where('b-lease'), first.held, 60), undefined);
      assert.equal(await releaseLease(where('b-lease'), first.held), false);
      assert.equal((await readLease(where('b-lease')))?.holder, 'two');
    });
  });

  describe('optimize-tables by Spark on EMR', () => {
    const tables = ['crypto_db.crypto_quote'];
    const ended = () => lake.awaitMaintenance(30_000);
    const start = async (event: object = {}) =>
      (await lake.call('optimize-tables', { via: 'spark', tables, ...event }))['submitted'] as { id: string };
    before(async () => {
      const variables = {
        MAINTENANCE: 'emr',
        CLUSTER_NAME: `${lake.prefix}-jobs`,
        MAINTENANCE_JAR_SHA256: 'ab'.repeat(32),
      };
      const arn = await lake.createFunction('optimize-tables', variables);
      await lake.subscribe(arn, 'spark-ended', {
        source: ['aws.emr'],
        'detail-type': ['EMR Step Status Change'],
        detail: { clusterId: [cluster], name: ['optimize'], state: ['COMPLETED', 'FAILED', 'CANCELLED'] },
      });
    });

    it('submits a step of the deployed jar under the lease, refuses a second, and gives it back when the step ends', async () => {
      const { id } = await start({ options: { retainSeconds: 3600 } });
      assert.deepEqual(Object.keys(await lake.call('optimize-tables', { via: 'spark' })), ['busy']);
      const [step] = await stepsOf('optimize');
      assert.equal(step?.id, id);
      assert.ok(step.args.includes(`s3://acme-artifacts/jars/${'ab'.repeat(8)}/IcebergOptimize-1.0.jar`));
      assert.deepEqual(step.args.slice(-6), [
        ...['--table', 'crypto_db.crypto_quote', '--retain', '3600'],
        ...['--orphans-older-than', String(3 * 86_400)],
      ]);
      await awaitState(id, 'RUNNING');
      await killSteps(connection(), cluster, [id]);
      const { note, until } = await ended();
      assert.ok(until <= new Date().toISOString());
      assert.deepEqual(
        note.tables.map(({ phase, reason }) => [phase, reason]),
        [['failed', 'cancelled: Cancelled by user']],
      );
      // It is sent after the note.
      const message = await awaitAnswer(
        async () => {
          const last = (await account.messages()).at(-1);
          return last?.message.includes('Spark in EMR') === true ? last : undefined;
        },
        { withinMs: 10_000, everyMs: 100 },
      );
      assert.match(message?.message ?? '', /Spark in EMR \(s-\w+\): failed: cancelled/);
    });

    it('goes on without the event, when it is asked again', async () => {
      const { id } = await start();
      await awaitState(id, 'RUNNING');
      const events = new EventBridgeClient(lake.config);
      await events.send(new DisableRuleCommand({ Name: 'spark-ended' }));
      await killSteps(connection(), cluster, [id]);
      await awaitState(id, 'CANCELLED');
      assert.equal((await lake.readMaintenance())?.note.endedAt, undefined);
      await events.send(new EnableRuleCommand({ Name: 'spark-ended' }));
      const next = await start();
      assert.notEqual(next.id, id);
      await killSteps(connection(), cluster, [next.id]);
      await ended();
    });

    it('names what can’t be started, and takes no options for Athena', async () => {
      await account.fault({
        service: 'emr',
        operation: 'AddJobFlowSteps',
        code: 'InternalServerException',
        status: 400,
        times: 1,
      });
      const answer = await lake.call('optimize-tables', { via: 'spark', tables });
      assert.match(JSON.stringify(answer['ended']), /it could not be started: a fault that the test asked for/);
      assert.ok(((await lake.readMaintenance())?.until ?? '') <= new Date().toISOString());
      const { payload } = await lake.invoke('optimize-tables', { options: { retainSeconds: 5 } });
      assert.match(String(payload['errorMessage']), /Athena takes no options/);
    });
  });

  /** Since when a lake that was made long ago should have data. */
  const intend = (more: Partial<Intent> = {}) =>
    writeIntent(connection(), lake.artifacts, { madeAt: minutesAgo(60 * 24 * 30), ...more });
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const health = () => lake.call('report-health') as Promise<Partial<Reported>>;

  describe('report-health', () => {
    const metric = async (MetricName: string, dimensions: Record<string, string> = {}) => {
      const { Datapoints = [] } = await new CloudWatchClient(lake.config).send(
        new GetMetricStatisticsCommand({
          Namespace: 'CryptoLake',
          MetricName,
          Dimensions: Object.entries({ Lake: 'acme', ...dimensions }).map(([Name, Value]) => ({ Name, Value })),
          StartTime: new Date(Date.now() - 600_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 60,
          Statistics: ['Maximum', 'SampleCount'],
        }),
      );
      return {
        latest: Datapoints.at(-1),
        count: Datapoints.reduce((sum, { SampleCount = 0 }) => sum + SampleCount, 0),
      };
    };

    before(async () => {
      await lake.s3().send(new DeleteObjectCommand({ Bucket: lake.artifacts, Key: optimizeLeaseKey }));
      const progress = {
        job: 'quotes-iceberg',
        badRecords: 2,
        lag: 7,
        freshness: { producedAt: new Date(Date.now() - 90_000).toISOString(), visibleAt: '', seconds: 1 },
      };
      await lake.put('progress/quotes-iceberg.json', JSON.stringify(progress));
      await lake.put('assets/loaded.json', JSON.stringify({ at: minutesAgo(60) }));
    });

    it('turns the jobs’ progress into metrics; the age of a silent job grows', async () => {
      await intend({ producingSince: minutesAgo(600) });
      const { jobs: [quotes, trades] = [], upkeep, parts } = await health();
      assert.ok(quotes?.freshness && quotes.freshness >= 90 && quotes.freshness < 120, String(quotes?.freshness));
      const known = { id: 'quotes-iceberg', freshness: 0, lag: 7, badRecords: 2, lostRecords: 0 };
      assert.deepEqual({ ...quotes, freshness: 0 }, known);
      const nothing = { freshness: null, lag: null, badRecords: null, lostRecords: null };
      assert.deepEqual(trades, { id: 'trades-iceberg', ...nothing });

      const iconsAge = upkeep?.iconsAge ?? 0;
      assert.ok(iconsAge >= 3600 && iconsAge < 3700, String(iconsAge));
      // There never was an upkeep, and the lake is a month old.
      assert.ok((upkeep?.upkeepAge ?? 0) >= 30 * 86_400, String(upkeep?.upkeepAge));
      assert.deepEqual(parts, { clusters: 1, searchFailures: null });

      const { latest } = await metric('Freshness', { Job: 'quotes-iceberg' });
      assert.deepEqual([latest?.Maximum, latest?.Unit], [quotes.freshness, 'Seconds']);
    });

    it('says nothing of the age where producers were stopped on purpose', async () => {
      await intend();
      const { jobs: [quotes] = [], parts } = await health();
      assert.deepEqual([quotes?.freshness, quotes?.lag], [null, 7]);
      assert.equal(parts?.clusters, null);
    });

    it('is silent once the time to live has ended, and what it calls a dead cluster only when nobody ended it', async () => {
      const { count } = await metric('Freshness', { Job: 'quotes-iceberg' });
      await intend({ producingSince: minutesAgo(600), expiresAt: minutesAgo(1) });
      assert.deepEqual(await health(), { silent: 'the time to live has ended' });
      await intend({ producingSince: minutesAgo(600), expiresAt: minutesAgo(-60), endedAt: minutesAgo(1) });
      assert.deepEqual(await health(), { silent: 'the time to live has ended' });
      assert.equal((await metric('Freshness', { Job: 'quotes-iceberg' })).count, count);
      await intend({ producingSince: minutesAgo(600) });
    });
  });

  describe('expire-lake', () => {
    interface Answer {
      deleted: string[];
      kept: string[];
      left: { what: string; why: string }[];
    }
    const expire = (event: unknown = {}) => lake.call('expire-lake', event) as unknown as Promise<Answer>;
    const alerts = async () =>
      (await account.messages()).filter(({ subject }) => subject?.startsWith('acme: its time to live has ended'));
    const expiresAt = new Date(Date.now() - 60_000).toISOString();
    let instance: string;
    let stream: string;

    before(async () => {
      await intend({ producingSince: minutesAgo(600), expiresAt });
      instance = await runInstance(new EC2Client(lake.config));
      const { ClusterArn = '' } = await new KafkaClient(lake.config).send(
        new CreateClusterCommand({
          ClusterName: 'acme-stream',
          KafkaVersion: '3.9.x',
          NumberOfBrokerNodes: 3,
          BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small', ClientSubnets: ['subnet-1'] },
          Tags: tags,
        }),
      );
      stream = ClusterArn;
    });

    it('leaves a lake alone whose time was prolonged after the schedule was set', async () => {
      const answer = await lake.call('expire-lake', { expiresAt: '2020-01-01T00:00:00Z' });
      assert.deepEqual(answer, { ignored: `the lake ends ${expiresAt}, and not 2020-01-01T00:00:00Z` });
      assert.match((await lake.invoke('expire-lake', { expiresAt: 1 })).payload['errorMessage'] as string, /expiresAt/);
    });

    it('ends what can be ended, keeps the rest, and names what MSK or Elastic Cloud refuse', async () => {
      const ec2 = new EC2Client(lake.config);
      const { gateway, address } = await makeGateway(ec2);
      const Bucket = lake.bronze;
      await lake.s3().send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList } }));
      await account.setStreamState('acme-stream', 'MAINTENANCE');
      cloud.refuses = true;

      const { deleted, kept, left } = await expire({ expiresAt });
      const ids = deleted.map((arn) => arn.split('/').at(-1));
      for (const id of [cluster, instance, gateway, address]) assert.ok(ids.includes(id), `${id} in ${String(ids)}`);
      assert.equal(deleted.length, 4);
      assert.deepEqual(left, [
        { what: stream, why: "You can't delete cluster in MAINTENANCE state." },
        {
          what: 'the deployment acme-search in Elastic Cloud',
          why: 'Elastic Cloud answers 500 to the end of a deployment',
        },
      ]);
      assert.ok(kept.includes(`arn:aws:s3:::${Bucket}`), String(kept));
      // The tagging API still lists them.
      assert.ok(!kept.some((arn) => deleted.includes(arn) || /:(volume|network-interface)\//.test(arn)), String(kept));

      const described = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
      assert.match(described.Reservations?.[0]?.Instances?.[0]?.State?.Name ?? '', /terminated|shutting-down/);
      assert.deepEqual((await ec2.send(new DescribeAddressesCommand({}))).Addresses, []);
      const { Cluster } = await new EMRClient(lake.config).send(new DescribeClusterCommand({ ClusterId: cluster }));
      assert.match(Cluster?.Status?.State ?? '', /^TERMINAT/);

      const [alert] = await alerts();
      assert.match(alert?.subject ?? '', /2 of its parts could not be ended yet/);
      assert.match(alert?.message ?? '', /Not ended yet; it is tried again every 15 minutes:\n {2}arn:\S+acme-stream/);
      assert.match(
        alert?.message ?? '',
        /Still there and billed:\n {2}arn:aws:s3:::acme-bronze-iceberg-data \(storage\)/,
      );
    });

    it('says nothing twice, and ends the rest as soon as it can', async () => {
      assert.equal((await expire({ expiresAt })).left.length, 2);
      assert.equal((await alerts()).length, 1);

      await account.setStreamState('acme-stream', 'ACTIVE');
      assert.deepEqual((await expire({ expiresAt })).deleted, [stream]);
      const streams = (await new KafkaClient(lake.config).send(new ListClustersV2Command({}))).ClusterInfoList ?? [];
      assert.ok(streams.every(({ State }) => State === 'DELETING'));
      assert.deepEqual(cloud.running, ['acme-search', 'other-search']);

      cloud.refuses = false;
      const { deleted, left } = await expire({ expiresAt });
      assert.deepEqual([deleted, left], [['the deployment acme-search in Elastic Cloud'], []]);
      assert.deepEqual(cloud.running, ['other-search']);
      assert.deepEqual(
        (await alerts()).map(({ subject }) => subject),
        [
          'acme: its time to live has ended, and 2 of its parts could not be ended yet',
          'acme: its time to live has ended, and 1 of its parts could not be ended yet',
          'acme: its time to live has ended',
        ],
      );
    });

    it('has nothing to do from then on', async () => {
      assert.match(String((await lake.call('expire-lake', { expiresAt }))['ignored']), /^it has ended at /);
      assert.deepEqual((await expire()).deleted, []);
      assert.equal((await alerts()).length, 3);
    });

    it('lets nothing fire by the calendar, and no stale data be reported', async () => {
      const events = new EventBridgeClient(lake.config);
      for (const name of scheduledRules) {
        assert.equal((await events.send(new DescribeRuleCommand({ Name: `acme-${name}` }))).State, 'DISABLED', name);
      }
      assert.deepEqual(await health(), { silent: 'the time to live has ended' });
      await intend({ producingSince: minutesAgo(600) });
      assert.deepEqual(await health(), { silent: 'no cluster runs the jobs' });
    });
  });

  async function runInstance(ec2: EC2Client): Promise<string> {
    const made = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12345678',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: withTags('instance'),
      }),
    );
    return made.Instances?.[0]?.InstanceId ?? '';
  }

  async function makeGateway(ec2: EC2Client): Promise<{ gateway: string; address: string }> {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.20.0.0/16' }));
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.20.0.0/24' }));
    const { AllocationId = '' } = await ec2.send(
      new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: withTags('elastic-ip') }),
    );
    const { NatGateway } = await ec2.send(
      new CreateNatGatewayCommand({
        SubnetId: Subnet?.SubnetId,
        AllocationId,
        TagSpecifications: withTags('natgateway'),
      }),
    );
    return { gateway: NatGateway?.NatGatewayId ?? '', address: AllocationId };
  }

  // The last block: what was called before it counts.
  describe('the roles', () => {
    for (const name of ['expire-lake', 'report-health', 'resubmit-step']) {
      it(`${name} has used every right, but those that are kept for a reason`, async () => {
        const used = (await account.rights())[`acme-${name}`] ?? {};
        assert.deepEqual(unusedRights(name, lake.statementsOf(name), used), []);
      });
    }
  });
});
