import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  type ContainerDefinition,
} from '@aws-sdk/client-ecs';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterV2Command, KafkaClient } from '@aws-sdk/client-kafka';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { buildImage, hashArchive, imageJarNames, imageTag } from '../../../src/aws/containers/image.ts';
import { producerCluster } from '../../../src/aws/containers/producer-cluster.ts';
import { pushImage } from '../../../src/aws/containers/registry.ts';
import { listProducerTasks, topicsTask, type ProducerTask } from '../../../src/aws/containers/tasks.ts';
import { nameAwsLake } from '../../../src/aws/lake.ts';
import { connectionOf } from '../../../src/aws/services/connection.ts';
import { countTaskVcpus } from '../../../src/aws/services/container-services.ts';
import { hasImage, openRegistry } from '../../../src/aws/services/image-registry.ts';
import type { LakeOutputs } from '../../../src/aws/steps/lake-outputs.ts';
import { producerServices, topicsByTask } from '../../../src/aws/steps/producer-tasks.ts';
import { Fault } from '../../../src/errors.ts';
import { freePort } from '../../../src/local/ports.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { findJdk } from '../../../src/toolchain/jdk.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findMaven } from '../../../src/toolchain/maven.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { accountId, EmulatedAccount } from '../../support/aws/account.ts';
import { changeEnvironment } from '../../support/environment.ts';
import { roleKey, startBrokers, type Brokers } from '../../support/aws/brokers.ts';
import { Containers, containersUnavailable } from '../../support/aws/containers.ts';
import { prepareJars } from '../../support/aws/java.ts';
import { skipWithout } from '../../support/skipping.ts';
import { readTopic } from '../../support/topic.ts';
import { prefix, resourceOf, resourcesOf, synthesiseLake, type StackJson } from '../../synth/stack.ts';

const machine = thisMachine(process.env);
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const topics = ['coinbase-currencies', 'coinbase-trades', 'market-trades', 'coinbase-bad-records'];
const role = `${prefix}-producers`;
const spec = { bucket: `${prefix}-artifacts`, key: 'spec/lake.json' };

describe('the image of the producers', function () {
  this.timeout(600_000);
  let folder: string;
  let containers: Containers;
  let account: EmulatedAccount;
  let brokers: Brokers;
  let restore: (() => void) | undefined;
  let image: string;
  let archive: string;
  let build: Parameters<typeof buildImage>[0];

  before(async function () {
    skipWithout(this, containersUnavailable());
    folder = mkdtempSync(join(tmpdir(), 'cryptodm-image-'));
    const jdk = findJdk(machine);
    const built = await prepareJars();
    const jars = Object.fromEntries(
      imageJarNames.map((name) => [name, { path: built.path(name), sha256: hashArchive(built.path(name)) }]),
    );
    const tools = { jdk, maven: await findMaven(machine, jdk) };
    const { signal } = new AbortController();
    build = { packageFolder: process.cwd(), cache: join(folder, 'one'), jars, architecture, tools, signal };
    archive = await buildImage(build);
    containers = new Containers();
    image = await containers.load(archive);
    const port = await freePort();
    brokers = await startBrokers({ iam: `http://127.0.0.1:${String(port)}`, roles: [role] });
    account = await EmulatedAccount.start({
      port,
      containers: { environment: { JAVA_TOOL_OPTIONS: trusting() }, files: { '/trusted.p12': brokers.truststore } },
    });
    restore = changeEnvironment(account.env());
    const stack = synthesiseLake({
      containers: { architecture, image: { kind: 'own', tag: imageTag(jars, architecture) } },
    });
    await furnish(stack);
  });

  after(async () => {
    await containers?.close();
    await brokers?.stop();
    restore?.();
    await account?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** The role of the tasks with just its rights, the cluster that these name, and the spec. */
  async function furnish(stack: StackJson): Promise<void> {
    const iam = new IAMClient(account.clientConfig);
    const { assume_role_policy: trust } = resourceOf(stack, 'aws_iam_role', 'producers_role_');
    await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: String(trust) }));
    const { policy } = resourceOf(stack, 'aws_iam_role_policy', 'producers_role_');
    const granted = { RoleName: role, PolicyName: 'rights', PolicyDocument: String(policy) };
    await iam.send(new PutRolePolicyCommand(granted));
    await new KafkaClient(account.clientConfig).send(
      new CreateClusterV2Command({
        ClusterName: `${prefix}-stream`,
        Provisioned: {
          KafkaVersion: '3.8.x',
          NumberOfBrokerNodes: 3,
          BrokerNodeGroupInfo: { ClientSubnets: ['subnet-1', 'subnet-2', 'subnet-3'], InstanceType: 'kafka.t3.small' },
        },
      }),
    );
    const lake = JSON.parse(readFileSync('test/fixtures/spec/lake-aws.json', 'utf8')) as {
      kafka: { bootstrapServers: string };
      producers: { quotes: { source: string; keysSecret?: string }; trades: { rate: number } };
    };
    lake.kafka.bootstrapServers = brokers.bootstrapServers;
    lake.producers.quotes.source = 'simulate';
    lake.producers.trades.rate = 5;
    delete lake.producers.quotes.keysSecret;
    const s3 = new S3Client({ ...account.clientConfig, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: spec.bucket }));
    await s3.send(new PutObjectCommand({ Bucket: spec.bucket, Key: spec.key, Body: JSON.stringify(lake) }));
  }

  const trusting = () =>
    `-Djavax.net.ssl.trustStore=/trusted.p12 -Djavax.net.ssl.trustStorePassword=${brokers.password}`;

  /** Cluster, definitions and services as the stack has them. @returns what Terraform would report */
  async function createServices(ecs: ECSClient): Promise<LakeOutputs> {
    const stack = synthesiseLake({
      containers: { architecture, image: { kind: 'own', tag: imageTag(build.jars, architecture) } },
    });
    const iam = new IAMClient(account.clientConfig);
    const { assume_role_policy: trust, name } = resourceOf(stack, 'aws_iam_role', 'producers_execution_');
    await iam.send(new CreateRoleCommand({ RoleName: String(name), AssumeRolePolicyDocument: String(trust) }));
    const { policy } = resourceOf(stack, 'aws_iam_role_policy', 'producers_execution_');
    const granted = { RoleName: String(name), PolicyName: 'rights', PolicyDocument: String(policy) };
    await iam.send(new PutRolePolicyCommand(granted));
    const logGroupName = `/crypto-lake/${prefix}/producers`;
    await new CloudWatchLogsClient(account.clientConfig).send(new CreateLogGroupCommand({ logGroupName }));
    const cluster = String(resourceOf(stack, 'aws_ecs_cluster')['name']);
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const definitions: Record<string, string> = {};
    for (const one of Object.values(resourcesOf(stack, 'aws_ecs_task_definition'))) {
      const family = String(one['family']);
      const text = String(one['container_definitions'])
        .replace(/\$\{aws_ecr_repository\.[^}]+\}/, `${accountId}.dkr.ecr.us-east-1.amazonaws.com/${role}`)
        .replace(/\$\{aws_cloudwatch_log_group\.[^}]+\}/, logGroupName);
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          ...{ family, cpu: String(one['cpu']), memory: String(one['memory']), networkMode: 'awsvpc' },
          taskRoleArn: `arn:aws:iam::${accountId}:role/${role}`,
          executionRoleArn: `arn:aws:iam::${accountId}:role/${String(name)}`,
          containerDefinitions: JSON.parse(text) as ContainerDefinition[],
        }),
      );
      definitions[family.slice(prefix.length + 1)] = taskDefinition?.taskDefinitionArn ?? '';
    }
    for (const one of Object.values(resourcesOf(stack, 'aws_ecs_service'))) {
      const serviceName = String(one['name']);
      const taskDefinition = definitions[serviceName.slice(prefix.length + 1)];
      await ecs.send(new CreateServiceCommand({ cluster, serviceName, taskDefinition, desiredCount: 0 }));
    }
    return {
      producer_cluster: cluster,
      producer_tasks: definitions,
      producer_network: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
    } as unknown as LakeOutputs;
  }

  /** A task as its definition has it, with the key of its role. */
  function start(task: ProducerTask, more: string[] = [], key = roleKey(role)) {
    return containers.run(image, {
      name: `${task.name}-${String(process.pid)}`,
      command: [...task.command, '--spec', `s3://${spec.bucket}/${spec.key}`, ...more],
      environment: {
        AWS_ENDPOINT_URL: account.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: key.id,
        AWS_SECRET_ACCESS_KEY: key.secret,
        JAVA_TOOL_OPTIONS: trusting(),
      },
      files: { '/trusted.p12': brokers.truststore },
    });
  }

  it('has the same bytes when it is built again elsewhere', async () => {
    const again = await buildImage({ ...build, cache: join(folder, 'two') });
    assert.equal(hashArchive(again), hashArchive(archive));
  });

  it('is pushed to a repository once, where any client of images finds it', async () => {
    const repository = role;
    const tag = imageTag(build.jars, architecture);
    await new ECRClient(account.clientConfig).send(
      new CreateRepositoryCommand({ repositoryName: repository, imageTagMutability: 'IMMUTABLE' }),
    );
    const connection = connectionOf({ region: 'us-east-1' }, account.env());
    assert.equal(await hasImage(connection, repository, tag), false);
    const place = { ...(await openRegistry(connection)), repository, tag };
    const digest = await pushImage(archive, place, build.signal);
    assert.equal(await hasImage(connection, repository, tag), true);
    assert.equal(await pushImage(archive, place, build.signal), digest);
    await assert.rejects(
      pushImage(archive, { ...place, token: Buffer.from('AWS:wrong').toString('base64') }, build.signal),
      (error) => error instanceof Fault && error.kind === 'outside' && /answers 401/.test(error.message),
    );
    await containers.forget(image);
    image = await containers.pull(new URL(place.registry).host, `${repository}:${tag}`, place.token);
  });

  it('declares the topics by the rights of the role, and has nothing to do the second time', async () => {
    const first = await start(topicsTask);
    assert.equal(first.exitCode, 0, first.stderr);
    assert.deepEqual(JSON.parse(first.stdout), { created: topics, altered: [], unchanged: [] });
    const second = await start(topicsTask);
    assert.deepEqual(JSON.parse(second.stdout), { created: [], altered: [], unchanged: topics }, second.stderr);
  });

  it('sends quotes and trades, and ends in order when it is told to', async () => {
    const running = listProducerTasks().map((task) => ({ task, ended: start(task) }));
    const { plainServers: bootstrapServers } = brokers;
    const arrived = await awaitAnswer(
      async () => {
        const counts = await Promise.all(
          ['coinbase-currencies', 'coinbase-trades'].map(
            async (topic) => (await readTopic({ bootstrapServers }, topic)).length,
          ),
        );
        return counts.every((count) => count > 2) ? true : undefined;
      },
      { withinMs: 90_000, everyMs: 500 },
    );
    for (const { task } of running) await containers.stop(`${task.name}-${String(process.pid)}`);
    for (const { task, ended } of running) {
      const { exitCode, stdout, stderr } = await ended;
      assert.ok(arrived, `${task.name}: ${stderr.slice(-1000)}`);
      assert.equal(exitCode, 0, stderr.slice(-1000));
      const done = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
      assert.equal(done['event'], 'done', stdout.slice(-500));
      assert.equal(done['sent'], done['acknowledged']);
      assert.equal(done['failed'], 0);
    }
  });

  it('runs as services of ECS: topics by a task, each producer once, and all end in order', async () => {
    const ecs = new ECSClient(account.clientConfig);
    const infrastructure = await createServices(ecs);
    const cluster = infrastructure.producer_cluster ?? '';
    const settings = readSettings({ flags: { target: 'aws', aws: { prefix } }, env: {}, cwd: folder });
    const tasks = {
      ...producerCluster(nameAwsLake(settings, account.env())),
      ...{ invoke: () => Promise.resolve(), withinMs: 120_000, everyMs: 300 },
    };
    const said: string[] = [];
    const context = {
      signal: build.signal,
      taken: { infrastructure, spec: { hash: 'a' } },
      session: { tasks },
      note: () => undefined,
      progress: (text: string) => said.push(text),
    };
    const declared = await topicsByTask.run({ functions: [] }, context);
    assert.notEqual(await topicsByTask.check({ functions: [] }, declared.outputs, context), undefined);
    const units = (enabled: boolean) => ({ units: ['quotes', 'trades'].map((id) => ({ id, enabled })) });
    const { plainServers: bootstrapServers } = brokers;
    const count = async () => (await readTopic({ bootstrapServers }, 'coinbase-trades')).length;
    const grown = async (from: number) =>
      awaitAnswer(async () => ((await count()) > from ? true : undefined), { withinMs: 90_000, everyMs: 500 });
    const had = await count();
    const started = await producerServices.run(units(true), context);
    assert.ok(await grown(had), 'no trades of the service');
    assert.notEqual(await producerServices.check(units(true), started.outputs, context), undefined);
    assert.equal(await countTaskVcpus(connectionOf({ region: 'us-east-1' }, account.env())), 0.5);

    const running = async () => {
      const serviceName = `${prefix}-producer-trades`;
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster }));
      const { tasks: described = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
      return described.filter(
        ({ group, lastStatus }) => group === `service:${serviceName}` && lastStatus === 'RUNNING',
      );
    };
    const [first, ...others] = await running();
    assert.ok(first?.taskArn !== undefined && others.length === 0);
    await ecs.send(new StopTaskCommand({ cluster, task: first.taskArn }));
    const replaced = await awaitAnswer(
      async () => {
        const now = await running();
        return now.length === 1 && now[0]?.taskArn !== first.taskArn ? true : undefined;
      },
      { withinMs: 60_000, everyMs: 300 },
    );
    assert.ok(replaced, 'a task that was stopped is not replaced');
    const log = await tasks.log('producer-trades', first.taskArn);
    assert.ok(
      log.some((line) => line.includes('"done"')),
      log.join('\n'),
    );

    const stopped = await producerServices.run(units(false), context);
    assert.equal((await producerServices.check(units(false), stopped.outputs, context))?.detail, 'no producers');
    await producerServices.undo(units(false), stopped.outputs, context);
    const last = await count();
    assert.equal(await tasks.hasTasks(cluster), false);
    assert.equal(await count(), last);
  });

  it('needs the rights that it has on topics and spec, and no others', async () => {
    const stack = synthesiseLake({
      containers: { architecture, image: { kind: 'own', tag: imageTag(build.jars, architecture) } },
    });
    const policy = String(resourceOf(stack, 'aws_iam_role_policy', 'producers_role_')['policy']);
    const granted = (JSON.parse(policy) as { Statement: { Action: string[] }[] }).Statement.flatMap(
      ({ Action }) => Action,
    );
    const used = Object.keys((await account.rights())[role] ?? {});
    const kept = [
      // Without it S3 says of a spec that is not there that it is forbidden.
      ...['s3:ListBucket', 's3:GetBucketLocation'],
      // Keys of Alpaca are read where they were stored.
      'secretsmanager:GetSecretValue',
    ];
    assert.deepEqual(
      [...new Set(granted)].filter((action) => !used.includes(action) && !kept.includes(action)),
      [],
    );
  });

  it('sends to any broker by a spec in a file, without an account', async () => {
    const lake = JSON.parse(readFileSync('test/fixtures/spec/lake.json', 'utf8')) as {
      kafka: { bootstrapServers: string; clusterId?: string };
    };
    lake.kafka.bootstrapServers = brokers.plainServers;
    delete lake.kafka.clusterId;
    const file = join(folder, 'lake.json');
    writeFileSync(file, JSON.stringify(lake));
    const { exitCode, stdout, stderr } = await containers.run(image, {
      name: `own-broker-${String(process.pid)}`,
      command: [
        ...['-jar', '/app/ProducerCrypto-1.0.jar', '--spec', '/lake.json'],
        // Without a rate 20 bars take as many minutes as the market does.
        ...['--source', 'simulate', '--count', '20', '--rate', '20'],
      ],
      files: { '/lake.json': file },
    });
    assert.equal(exitCode, 0, stderr);
    const done = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
    assert.deepEqual([done['event'], done['acknowledged'], done['failed']], ['done', 20, 0]);
  });

  it('says what it may not read', async () => {
    const refused = await start(topicsTask, [], roleKey('nobody'));
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /S3 answers 403; let the role of this process call s3:GetObject/);
  });

  it('leaves nothing behind', async () => {
    assert.deepEqual(await containers.list(), []);
  });
});
