import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateKeyPairCommand,
  CreateNatGatewayCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteInternetGatewayCommand,
  DeleteKeyPairCommand,
  DeleteNatGatewayCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  EC2Client,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  DescribeClusterCommand,
  DescribeStepCommand,
  EMRClient,
  ListStudiosCommand,
  TerminateJobFlowsCommand,
  type StepState,
} from '@aws-sdk/client-emr';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetTableCommand,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { sweepTagged } from '../../src/aws/services/sweep.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { accountId, EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { withFolder } from '../support/folders.ts';
import { writeZip } from '../support/zip.ts';
import { skipWithout } from '../support/skipping.ts';

/** A step runner that succeeds, fails, or runs until it gets SIGTERM. */
const runner = `
const what = process.argv.at(-1);
console.log('the step says ' + what);
if (what === 'fail') process.exit(3);
if (what === 'stay') setInterval(() => undefined, 1000);
`;

const handler = `
export const handler = async (event, context) => {
  console.log('given', JSON.stringify(event));
  if (event.refuse) throw new RangeError('told to refuse');
  return { lake: process.env.LAKE, name: context.functionName, twice: event.number * 2 };
};
`;

describe('the emulated account', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let config: EmulatedAccount['clientConfig'];
  let emr: EMRClient;
  let lambda: LambdaClient;
  let s3: S3Client;
  let restore: () => void;

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ stepRunner: [process.execPath, '-e', runner, '--'] });
    config = account.clientConfig;
    restore = changeEnvironment(account.env());
    emr = new EMRClient(config);
    lambda = new LambdaClient(config);
    s3 = new S3Client({ ...config, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'logs-of-steps' }));
    const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await new IAMClient(config).send(new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument }));
  });

  after(async () => {
    await (account as EmulatedAccount | undefined)?.stop();
    (restore as (() => void) | undefined)?.();
  });

  async function createFunction(name: string, deadLetters?: string): Promise<string> {
    return withFolder(async (folder) => {
      writeZip(join(folder, 'code.zip'), { 'index.mjs': handler });
      const made = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: `arn:aws:iam::${accountId}:role/functions`,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Timeout: 10,
          Environment: { Variables: { LAKE: 'acme' } },
          Code: { ZipFile: readFileSync(join(folder, 'code.zip')) },
          ...(deadLetters === undefined ? {} : { DeadLetterConfig: { TargetArn: deadLetters } }),
        }),
      );
      assert.ok(made.FunctionArn);
      return made.FunctionArn;
    });
  }

  const startCluster = () =>
    startEmrCluster(account, 'acme-jobs', { tags: { lake: 'acme' }, logs: 'logs-of-steps', concurrency: 2 });

  async function addStep(cluster: string, name: string, what: string): Promise<string> {
    const step = {
      Name: name,
      ActionOnFailure: 'CONTINUE' as const,
      HadoopJarStep: { Jar: 'command-runner.jar', Args: ['spark-submit', what] },
    };
    const added = await emr.send(new AddJobFlowStepsCommand({ JobFlowId: cluster, Steps: [step] }));
    assert.ok(added.StepIds?.[0]);
    return added.StepIds[0];
  }

  async function awaitStep(cluster: string, step: string, state: StepState): Promise<void> {
    let seen: StepState | undefined;
    const reached = await awaitAnswer(
      async () => {
        const { Step } = await emr.send(new DescribeStepCommand({ ClusterId: cluster, StepId: step }));
        seen = Step?.Status?.State;
        return seen === state ? true : undefined;
      },
      { withinMs: 30_000 },
    );
    assert.ok(reached, `the step is ${String(seen)}, not ${state}\n${account.log()}`);
  }

  /** The first line of a log group that contains a text. */
  async function awaitLog(group: string, text: string): Promise<string> {
    const logs = new CloudWatchLogsClient(config);
    const line = await awaitAnswer(
      async () => {
        const found = await logs.send(new FilterLogEventsCommand({ logGroupName: group })).catch((error: unknown) => {
          if ((error as Error).name === 'ResourceNotFoundException') return undefined;
          throw error;
        });
        return found?.events?.map((event) => event.message ?? '').find((message) => message.includes(text));
      },
      { withinMs: 30_000 },
    );
    assert.ok(line, `nothing in ${group} says ${text}\n${account.log()}`);
    return line;
  }

  it('runs a function from its zip with its environment, and returns its errors and its log', async () => {
    await createFunction('acme-echo');
    const call = (event: unknown) =>
      lambda.send(
        new InvokeCommand({ FunctionName: 'acme-echo', LogType: 'Tail', Payload: Buffer.from(JSON.stringify(event)) }),
      );
    const done = await call({ number: 21 });
    assert.deepEqual(JSON.parse(Buffer.from(done.Payload ?? []).toString()), {
      lake: 'acme',
      name: 'acme-echo',
      twice: 42,
    });
    assert.match(Buffer.from(done.LogResult ?? '', 'base64').toString(), /given \{"number":21\}/);
    await awaitLog('/aws/lambda/acme-echo', 'given {"number":21}');

    const refused = await call({ refuse: true });
    assert.equal(refused.FunctionError, 'Unhandled');
    const { errorType, errorMessage } = JSON.parse(Buffer.from(refused.Payload ?? []).toString()) as Record<
      string,
      string
    >;
    assert.deepEqual([errorType, errorMessage], ['RangeError', 'told to refuse']);
  });

  it('tries an asynchronous invocation three times, then hands it to the dead-letter target', async () => {
    const { TopicArn } = await new SNSClient(config).send(new CreateTopicCommand({ Name: 'dead-letters' }));
    await createFunction('acme-refuses', TopicArn);
    const event = { refuse: true };
    await lambda.send(
      new InvokeCommand({
        FunctionName: 'acme-refuses',
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
    const dead = await awaitAnswer(
      async () => (await account.messages()).find((message) => message.topic === TopicArn),
      { withinMs: 30_000 },
    );
    assert.deepEqual(JSON.parse(dead?.message ?? 'null'), event);
    const { events } = await new CloudWatchLogsClient(config).send(
      new FilterLogEventsCommand({ logGroupName: '/aws/lambda/acme-refuses' }),
    );
    assert.equal(events?.filter((one) => one.message?.startsWith('START')).length, 3);
  });

  it('runs, cancels and fails steps; a failure reaches the function that a rule names', async () => {
    const target = await createFunction('acme-on-failure');
    const events = new EventBridgeClient(config);
    const pattern = { source: ['aws.emr'], 'detail-type': ['EMR Step Status Change'], detail: { state: ['FAILED'] } };
    await events.send(new PutRuleCommand({ Name: 'step-failed', EventPattern: JSON.stringify(pattern) }));
    await events.send(new PutTargetsCommand({ Rule: 'step-failed', Targets: [{ Id: 'function', Arn: target }] }));

    const cluster = await startCluster();
    const [first, second, third] = [
      await addStep(cluster, 'first', 'stay'),
      await addStep(cluster, 'second', 'stay'),
      await addStep(cluster, 'third', 'succeed'),
    ];
    await awaitStep(cluster, first, 'RUNNING');
    await awaitStep(cluster, second, 'RUNNING');
    await awaitStep(cluster, third, 'PENDING');

    await emr.send(new CancelStepsCommand({ ClusterId: cluster, StepIds: [first] }));
    await awaitStep(cluster, first, 'CANCELLED');
    await awaitStep(cluster, third, 'COMPLETED');
    const key = `emr/${cluster}/steps/${third}/stdout.gz`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'logs-of-steps', Key: key }));
    assert.equal(
      gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString(),
      'the step says succeed\n',
    );

    const failing = await addStep(cluster, 'fourth', 'fail');
    await awaitStep(cluster, failing, 'FAILED');
    const line = await awaitLog('/aws/lambda/acme-on-failure', failing);
    const { detail } = JSON.parse(line.slice('given '.length)) as { detail: Record<string, string> };
    assert.deepEqual([detail['name'], detail['clusterId'], detail['state']], ['fourth', cluster, 'FAILED']);

    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [cluster] }));
    await awaitStep(cluster, second, 'CANCELLED');
    const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: cluster }));
    assert.equal(Cluster?.Status?.State, 'TERMINATED');
  });

  it('updates a Glue table only if the writer names its current version', async () => {
    const glue = new GlueClient(config);
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'acme_db' } }));
    await glue.send(new CreateTableCommand({ DatabaseName: 'acme_db', TableInput: { Name: 'quotes' } }));
    const read = async () => (await glue.send(new GetTableCommand({ DatabaseName: 'acme_db', Name: 'quotes' }))).Table;
    const version = (await read())?.VersionId;
    const update = (writer: string) =>
      glue.send(
        new UpdateTableCommand({
          DatabaseName: 'acme_db',
          VersionId: version,
          TableInput: { Name: 'quotes', Parameters: { writer } },
        }),
      );
    await update('first');
    await assert.rejects(update('second'), { name: 'ConcurrentModificationException' });
    assert.deepEqual((await read())?.Parameters, { writer: 'first' });
  });

  it('finds resources by their tags, with the nodes of a cluster, and lists them for a while after their end', async () => {
    const [ec2, tagging] = [new EC2Client(config), new ResourceGroupsTaggingAPIClient(config)];
    const cluster = await startCluster();
    const run = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12345678',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'lake', Value: 'acme' }] }],
      }),
    );
    const instance = run.Instances?.[0]?.InstanceId ?? '';
    const sweep = async () => {
      const command = new GetResourcesCommand({ TagFilters: [{ Key: 'lake', Values: ['acme'] }] });
      const { ResourceTagMappingList = [] } = await tagging.send(command);
      return ResourceTagMappingList.map(({ ResourceARN = '' }) => ResourceARN.split('/').at(-1) ?? '').sort();
    };
    const alive = await sweep();
    assert.ok(alive.includes(instance) && alive.includes(cluster), String(alive));
    // EMR hands the tags of a cluster on to what it makes for it.
    const kinds = new Set(alive.map((id) => id.split('-')[0]));
    assert.deepEqual([...kinds].sort(), ['eni', 'i', 'j', 'vol']);

    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [cluster] }));
    assert.deepEqual(await sweep(), alive);
    const described = await sweepTagged({ region: account.region }, { lake: 'acme' });
    assert.deepEqual(described.living, []);
    assert.deepEqual(described.ended.map(({ arn }) => arn.split('/').at(-1)).sort(), alive);
  });

  it('is searched by tags in every kind of a network, also after its end', async () => {
    const ec2 = new EC2Client(config);
    const tagged = (ResourceType: ResourceType) => [{ ResourceType, Tags: [{ Key: 'lake', Value: 'network' }] }];
    const of = (ResourceType: ResourceType) => ({ TagSpecifications: tagged(ResourceType) });
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.30.0.0/16', ...of('vpc') }));
    const VpcId = Vpc?.VpcId ?? '';
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.30.0.0/24', ...of('subnet') }));
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId, ...of('route-table') }));
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand(of('internet-gateway')));
    const group = { VpcId, GroupName: 'network', Description: 'of a test', ...of('security-group') };
    const { GroupId } = await ec2.send(new CreateSecurityGroupCommand(group));
    const { SecurityGroupRules: [rule] = [] } = await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
        ...of('security-group-rule'),
      }),
    );
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc', ...of('elastic-ip') }));
    const { NatGateway } = await ec2.send(
      new CreateNatGatewayCommand({ SubnetId: Subnet?.SubnetId, AllocationId, ...of('natgateway') }),
    );
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId,
        VpcEndpointType: 'Gateway',
        ServiceName: `com.amazonaws.${account.region}.s3`,
        ...of('vpc-endpoint'),
      }),
    );
    await ec2.send(new CreateKeyPairCommand({ KeyName: 'network', ...of('key-pair') }));
    const kinds = async () => {
      const found = await sweepTagged({ region: account.region }, { lake: 'network' });
      const kindOf = ({ arn }: { arn: string }) => /:([\w-]+)\//.exec(arn)?.[1];
      return { living: found.living.map(kindOf).sort(), ended: found.ended.map(kindOf).sort() };
    };
    const all = [
      ...['elastic-ip', 'internet-gateway', 'key-pair', 'natgateway', 'route-table', 'security-group'],
      ...['security-group-rule', 'subnet', 'vpc', 'vpc-endpoint'],
    ];
    assert.deepEqual(await kinds(), { living: all, ended: [] });

    await ec2.send(new DeleteKeyPairCommand({ KeyName: 'network' }));
    await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ''] }));
    await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: NatGateway?.NatGatewayId }));
    await ec2.send(new ReleaseAddressCommand({ AllocationId }));
    const SecurityGroupRuleIds = [rule?.SecurityGroupRuleId ?? ''];
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: InternetGateway?.InternetGatewayId }));
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId: RouteTable?.RouteTableId }));
    await ec2.send(new DeleteSubnetCommand({ SubnetId: Subnet?.SubnetId }));
    await ec2.send(new DeleteVpcCommand({ VpcId }));
    assert.deepEqual(await kinds(), { living: [], ended: all });
  });

  it('answers an operation that it lacks with 400, once', async () => {
    await assert.rejects(emr.send(new ListStudiosCommand({})), (error: { name: string; $metadata: object }) => {
      assert.equal(error.name, 'UnknownOperationException');
      assert.deepEqual(error.$metadata, { ...error.$metadata, httpStatusCode: 400, attempts: 1 });
      return true;
    });
    const calls = (await account.calls()).filter((call) => call.operation === 'ListStudios');
    assert.deepEqual(
      calls.map(({ service, status }) => [service, status]),
      [['emr', 400]],
    );
  });

  it('answers calls with an injected fault, as often as asked', async () => {
    await account.fault({ service: 's3', operation: 'ListBuckets', status: 403, code: 'AccessDenied', times: 1 });
    await assert.rejects(s3.send(new ListBucketsCommand({})), { name: 'AccessDenied' });
    assert.equal((await s3.send(new ListBucketsCommand({}))).Buckets?.length, 1);
  });
});
