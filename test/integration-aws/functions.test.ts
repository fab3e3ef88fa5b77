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
import { DescribeClusterCommand, EMRClient } from '@aws-sdk/client-emr';
import { CreateClusterCommand, KafkaClient, ListClustersV2Command } from '@aws-sdk/client-kafka';
import { PutBucketTaggingCommand } from '@aws-sdk/client-s3';
import { addSteps, killSteps, listSteps, type EmrStep } from '../../src/aws/services/emr.ts';
import { acquireLease, readLease, releaseLease, renewLease } from '../../src/aws/services/lease.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { buildFunctions, FunctionLake } from '../support/aws/function-lake.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

/** A step that fails or runs until it gets SIGTERM. */
const runner = `
if (process.argv.at(-1) === 'fail') process.exit(3);
setInterval(() => undefined, 1000);
`;

const tags = { project: 'crypto-lake', lake: 'acme' };
const tagList = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const withTags = (type: ResourceType) => [{ ResourceType: type, Tags: tagList }];

describe('the functions that need no table', function () {
  this.timeout(120_000);
  let account: EmulatedAccount;
  let lake: FunctionLake;
  let cluster: string;
  let restore: () => void;

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ stepRunner: [process.execPath, '-e', runner, '--'] });
    restore = changeEnvironment(account.env());
    await buildFunctions();
    lake = await FunctionLake.make(account);
    const CLUSTER_NAME = `${lake.prefix}-jobs`;
    await lake.createFunction('expire-lake', { CLUSTER_NAME });
    await lake.createFunction('report-health', { CLUSTER_NAME });
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

  describe('report-health', () => {
    it('turns the jobs’ progress into metrics; the age of a silent job grows', async () => {
      const progress = {
        job: 'quotes-iceberg',
        badRecords: 2,
        lag: 7,
        freshness: { producedAt: new Date(Date.now() - 90_000).toISOString(), visibleAt: '', seconds: 1 },
      };
      await lake.put('progress/quotes-iceberg.json', JSON.stringify(progress));
      const loaded = { at: new Date(Date.now() - 3600_000).toISOString() };
      await lake.put('assets/loaded.json', JSON.stringify(loaded));
      const { jobs, upkeep } = (await lake.call('report-health')) as {
        upkeep: { iconsAge: number | null };
        jobs: { id: string; freshness: number | null; lag: number | null; badRecords: number | null }[];
      };
      const [quotes, trades] = jobs;
      assert.ok(quotes?.freshness && quotes.freshness >= 90 && quotes.freshness < 120, String(quotes?.freshness));
      assert.deepEqual({ ...quotes, freshness: 0 }, { id: 'quotes-iceberg', freshness: 0, lag: 7, badRecords: 2 });
      assert.deepEqual(trades, { id: 'trades-iceberg', freshness: null, lag: null, badRecords: null });

      assert.ok(upkeep.iconsAge !== null && upkeep.iconsAge >= 3600 && upkeep.iconsAge < 3700, String(upkeep.iconsAge));

      const seen = await new CloudWatchClient(lake.config).send(
        new GetMetricStatisticsCommand({
          Namespace: 'CryptoLake',
          MetricName: 'Freshness',
          Dimensions: [
            { Name: 'Lake', Value: 'acme' },
            { Name: 'Job', Value: 'quotes-iceberg' },
          ],
          StartTime: new Date(Date.now() - 600_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 60,
          Statistics: ['Maximum'],
        }),
      );
      assert.equal(seen.Datapoints?.[0]?.Maximum, quotes.freshness);
      assert.equal(seen.Datapoints[0]?.Unit, 'Seconds');
    });
  });

  describe('expire-lake', () => {
    it('ends what is billed by the hour, keeps the rest, and reports what is still billed', async () => {
      const ec2 = new EC2Client(lake.config);
      const kafka = new KafkaClient(lake.config);
      const instance = await runInstance(ec2);
      const { gateway, address } = await makeGateway(ec2);
      const { ClusterArn: stream = '' } = await kafka.send(
        new CreateClusterCommand({
          ClusterName: 'acme-stream',
          KafkaVersion: '3.9.x',
          NumberOfBrokerNodes: 3,
          BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small', ClientSubnets: ['subnet-1'] },
          Tags: tags,
        }),
      );
      const Bucket = lake.bronze;
      await lake.s3().send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList } }));

      const { deleted, kept } = (await lake.call('expire-lake')) as { deleted: string[]; kept: string[] };
      const ids = deleted.map((arn) => arn.split('/').at(-1));
      for (const id of [cluster, instance, gateway, address]) assert.ok(ids.includes(id), `${id} in ${String(ids)}`);
      assert.ok(deleted.includes(stream));
      assert.equal(deleted.length, 5);
      assert.ok(kept.includes(`arn:aws:s3:::${Bucket}`), String(kept));
      assert.ok(!kept.some((arn) => deleted.includes(arn)));

      const described = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
      assert.match(described.Reservations?.[0]?.Instances?.[0]?.State?.Name ?? '', /terminated|shutting-down/);
      assert.deepEqual((await ec2.send(new DescribeAddressesCommand({}))).Addresses, []);
      const streams = (await kafka.send(new ListClustersV2Command({}))).ClusterInfoList ?? [];
      assert.ok(streams.every(({ State }) => State === 'DELETING'));
      const { Cluster } = await new EMRClient(lake.config).send(new DescribeClusterCommand({ ClusterId: cluster }));
      assert.match(Cluster?.Status?.State ?? '', /^TERMINAT/);

      const alert = (await account.messages()).find(({ subject }) => subject === 'acme: its time to live has ended');
      assert.match(
        alert?.message ?? '',
        /Still there and billed:\n {2}arn:aws:s3:::acme-bronze-iceberg-data \(storage\)/,
      );
    });

    it('finds nothing to end the second time', async () => {
      assert.deepEqual((await lake.call('expire-lake'))['deleted'], []);
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
});
