import assert from 'node:assert/strict';
import {
  AllocateAddressCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstanceTypeOfferingsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { DescribeClusterCommand, EMRClient, ListReleaseLabelsCommand, RunJobFlowCommand } from '@aws-sdk/client-emr';
import {
  CreateClusterCommand as CreateBrokersCommand,
  KafkaClient,
  ListKafkaVersionsCommand,
} from '@aws-sdk/client-kafka';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { connectionOf } from '../../src/aws/services/connection.ts';
import { countTaskVcpus } from '../../src/aws/services/container-services.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

/** The quotas of a new account: see emulator/conditions.py. */
const fresh = {
  ...{ 'ec2/L-1216C47A': 5, 'ec2/L-0263D0A3': 5, 'vpc/L-F678F1CE': 5, 'lambda/L-B99A9384': 10 },
  'fargate/L-3032A538': 6,
};

describe('the emulated account of a new customer', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let config: EmulatedAccount['clientConfig'];
  let ec2: EC2Client;

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ conditions: { quotas: fresh } });
    config = account.clientConfig;
    ec2 = new EC2Client(config);
  });

  after(async () => {
    await (account as EmulatedAccount | undefined)?.stop();
  });

  const run = (InstanceType: 'm6g.xlarge' | 't4g.small', SubnetId?: string) =>
    ec2.send(new RunInstancesCommand({ ImageId: 'ami-12345678', MinCount: 1, MaxCount: 1, InstanceType, SubnetId }));

  it('says its quota of vCPUs, and starts no instance beyond it', async () => {
    const quotas = new ServiceQuotasClient(config);
    const asked = new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' });
    assert.equal((await quotas.send(asked)).Quota?.Value, 5);
    await run('m6g.xlarge');
    await assert.rejects(run('t4g.small'), { name: 'VcpuLimitExceeded' });
  });

  it('says its quota of vCPUs of Fargate, and starts no task beyond it', async () => {
    const quotas = new ServiceQuotasClient(config);
    const asked = new GetServiceQuotaCommand({ ServiceCode: 'fargate', QuotaCode: 'L-3032A538' });
    assert.equal((await quotas.send(asked)).Quota?.Value, 6);
    const ecs = new ECSClient(config);
    await ecs.send(new CreateClusterCommand({ clusterName: 'tasks' }));
    const containerDefinitions = [{ name: 'one', image: 'none' }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: 'large', cpu: '8192', containerDefinitions }));
    const placed = { cluster: 'tasks', taskDefinition: 'large' };
    const awsvpcConfiguration = { subnets: ['subnet-1'] };
    const { tasks, failures = [] } = await ecs.send(
      new RunTaskCommand({ ...placed, networkConfiguration: { awsvpcConfiguration } }),
    );
    assert.deepEqual(tasks, []);
    assert.match(failures[0]?.reason ?? '', /limit on the number of vCPUs/);
    await ecs.send(new CreateServiceCommand({ ...placed, serviceName: 'large', desiredCount: 1 }));
    const said = await awaitAnswer(
      async () => {
        const { services = [] } = await ecs.send(
          new DescribeServicesCommand({ cluster: 'tasks', services: ['large'] }),
        );
        return services[0]?.events?.[0]?.message;
      },
      { withinMs: 10_000, everyMs: 100 },
    );
    assert.match(said ?? '', /\(service large\) was unable to place a task.* limit on the number of vCPUs/);
    const restore = changeEnvironment(account.env());
    try {
      assert.equal(await countTaskVcpus(connectionOf({ region: 'us-east-1' }, account.env())), 0);
    } finally {
      restore();
    }
  });

  it('ends a cluster that gets no nodes', async () => {
    const emr = new EMRClient(config);
    const id = await startEmrCluster(account, 'too-large');
    const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: id }));
    assert.equal(Cluster?.Status?.State, 'TERMINATED_WITH_ERRORS');
    assert.match(Cluster.Status.StateChangeReason?.Message ?? '', /vCPU limit of 5/);
  });

  it('has five addresses and five networks, one of which is the default', async () => {
    for (let at = 0; at < 5; at += 1) await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await assert.rejects(ec2.send(new AllocateAddressCommand({})), { name: 'AddressLimitExceeded' });
    const vpc = (at: number) => ec2.send(new CreateVpcCommand({ CidrBlock: `10.${String(at)}.0.0/16` }));
    for (let at = 0; at < 4; at += 1) await vpc(at);
    await assert.rejects(vpc(9), { name: 'VpcLimitExceeded' });
  });

  it('knows releases of EMR and versions of Kafka, and refuses others', async () => {
    const [emr, kafka] = [new EMRClient(config), new KafkaClient(config)];
    const { ReleaseLabels } = await emr.send(new ListReleaseLabelsCommand({ Filters: { Prefix: 'emr-7.12' } }));
    assert.deepEqual(ReleaseLabels, ['emr-7.12.0']);
    const cluster = { Name: 'x', Instances: {}, JobFlowRole: 'any', ServiceRole: 'any' };
    await assert.rejects(emr.send(new RunJobFlowCommand({ ...cluster, ReleaseLabel: 'emr-7.99.0' })), {
      name: 'ValidationException',
    });
    const { KafkaVersions = [] } = await kafka.send(new ListKafkaVersionsCommand({}));
    assert.ok(KafkaVersions.some(({ Version }) => Version === '3.9.x.kraft'));
    await assert.rejects(createBrokers(kafka, '3.5.0', []), { name: 'BadRequestException' });
  });

  const createBrokers = (kafka: KafkaClient, KafkaVersion: string, ClientSubnets: string[]) =>
    kafka.send(
      new CreateBrokersCommand({
        ...{ ClusterName: 'brokers', KafkaVersion, NumberOfBrokerNodes: 2 },
        BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small', ClientSubnets },
      }),
    );

  it('spreads brokers over different zones only', async () => {
    await account.change({ quotas: { 'vpc/L-F678F1CE': 9 } });
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
    const subnets = await Promise.all(
      [1, 2].map(async (at) => {
        const CidrBlock = `10.9.${String(at)}.0/24`;
        const made = await ec2.send(
          new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone: 'us-east-1b' }),
        );
        return made.Subnet?.SubnetId ?? '';
      }),
    );
    await assert.rejects(createBrokers(new KafkaClient(config), '3.8.x', subnets), { name: 'BadRequestException' });
  });

  it('offers an instance type only where the zone has it', async () => {
    await account.change({ withheld: { 'us-east-1a': ['m6g.xlarge'] } });
    const { InstanceTypeOfferings = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['m6g.xlarge'] }],
      }),
    );
    const zones = InstanceTypeOfferings.map(({ Location }) => Location);
    assert.ok(zones.includes('us-east-1b') && !zones.includes('us-east-1a'), zones.join());
  });

  it('has names of buckets that somebody else has', async () => {
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    await account.change({ foreignBuckets: { 'acme-logs': 403, 'acme-far': 301 } });
    const status = async (Bucket: string) =>
      s3.send(new HeadBucketCommand({ Bucket })).then(
        () => 200,
        (error: unknown) => (error as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode,
      );
    assert.deepEqual([await status('acme-logs'), await status('acme-far'), await status('acme-free')], [403, 301, 404]);
    await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: 'acme-logs' })), { name: 'BucketAlreadyExists' });
  });
});
