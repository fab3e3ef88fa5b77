import assert from 'node:assert/strict';
import { declareLake } from '../../../src/lake/declaration.ts';
import { isStreamJob } from '../../../src/lake/schema.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { importId, plannedId } from '../../../src/aws/terraform/adoption.ts';
import { composeDeployment, type DeploymentFacts } from '../../../src/aws/deployment/composition.ts';
import { awsSteps } from '../../../src/aws/lake-steps.ts';
import { deploymentSchema } from '../../../src/aws/deployment/deployment.ts';
import { inOrder } from '../../../src/engine/order.ts';
import { renderStep } from '../../../src/aws/jobs/emr-step.ts';

const here = { accountId: '1', region: 'eu-west-1' };
const artifact = { path: '/jars/x.jar', sha256: 'a'.repeat(64) };
const lake = declareLake(['BTC/USD']);
const facts: DeploymentFacts = {
  accountId: '123456789012',
  callerCidr: '203.0.113.7/32',
  publicKey: 'ssh-ed25519 AAAA acme',
  expiresAt: '2026-11-22T22:00:00Z',
  zones: 3,
  jobsZone: 0,
  cloud: { region: 'us-east-1', version: '8.19.21' },
  extent: 'whole',
  backend: { kind: 's3', bucket: 'acme-lake-cryptodm-state' },
  macieSession: 'create',
  jars: Object.fromEntries(lake.jobs.map(({ jar }) => [jar, artifact])),
  functions: { 'create-tables': artifact },
};
const settings = (aws: object = {}, elastic: object = {}) =>
  readSettings({ flags: { target: 'aws', aws: { prefix: 'acme-lake', ...aws }, elastic }, env: {}, cwd: '/nowhere' });

describe('a lake in an account', () => {
  it('is one valid deployment, from the settings and what this machine knows', () => {
    const deployment = composeDeployment(lake, settings({ monthlyBudget: 0, queryLimitGb: 2 }), facts);
    assert.deepEqual(deploymentSchema.parse(deployment), deployment);
    const given = settings({ monthlyBudget: 0, queryLimitGb: 2 });
    assert.deepEqual(deployment.aws, given.aws);
    assert.equal(deployment.aws.monthlyBudget, 0);
    assert.equal(deployment.aws.queryLimitGb, 2);
    assert.deepEqual(
      deployment.alarms.map(({ id, severity }) => [id, severity]),
      lake.alarms.map(({ id, severity }) => [id, severity]),
    );
    assert.deepEqual(
      deployment.databases.map(({ name }) => name),
      ['crypto_db', 'crypto_silver', 'crypto_gold'],
    );
  });

  it('is refused where its jobs do not fit into the cluster', () => {
    const small = settings({ emr: { release: 'emr-7.12.0', primary: 'm6g.xlarge', core: 'm4.large', coreCount: 1 } });
    assert.throws(() => composeDeployment(lake, small, facts), /do not fit into the cluster: they need 8320 MB/);
  });

  it('is refused with another number of partitions than its topics have', () => {
    const partitions = new Map([['coinbase-currencies', 2]]);
    const more = declareLake(['BTC/USD'], '', { partitions: 6 });
    composeDeployment(lake, settings(), facts, partitions);
    assert.throws(
      () => composeDeployment(more, settings(), facts, partitions),
      /topics.partitions is 6, and the topics of this lake have 2/,
    );
    const made = composeDeployment(more, settings(), facts);
    assert.deepEqual(
      made.topics.map((topic) => topic.partitions),
      [6, 6, 6, 1],
    );
  });

  it('with a maintenance on EMR is refused where only the streams fit', () => {
    // 11,648 of 11,712 MB without it.
    const full = { ...lake, jobs: [...lake.jobs, ...lake.jobs.slice(0, 2)] };
    for (const engine of ['athena', 'glue']) composeDeployment(full, settings({ upkeep: engine }), facts);
    assert.throws(
      () => composeDeployment(full, settings({ upkeep: 'emr' }), facts),
      /the maintenance does not fit into the cluster beside the stream jobs: they need 13312 MB/,
    );
    assert.equal(composeDeployment(lake, settings({ upkeep: 'emr' }), facts).aws.upkeep, 'emr');
  });

  it('shares a catalog with another one behind a prefix of its databases', () => {
    const other = declareLake(['BTC/USD'], 'acme_');
    assert.ok(other.tables.every(({ name }) => /^acme_crypto_(db|silver|gold)\./.test(name)));
    const named = other.jobs.flatMap((job) => (isStreamJob(job) ? [job.table ?? ''] : job.inputs));
    assert.ok(named.every((name) => name === '' || name.startsWith('acme_crypto_db.')));
    assert.doesNotMatch(other.views[0]?.select ?? 'crypto_db.', /(?<!acme_)crypto_db\./);
  });

  it('makes Elastic Cloud and its user first, or uses an existing cluster', () => {
    const ids = (elastic: object) => {
      const deployment = composeDeployment(lake, settings({}, elastic), facts);
      return inOrder(awsSteps(lake, deployment, { produce: true })).map(({ id }) => id);
    };
    assert.deepEqual(ids({}), [
      'infrastructure',
      'search',
      'search-user',
      'index',
      'kibana',
      'spec',
      'processes',
      'intent',
      'jobs',
    ]);
    const existing = ids({ url: 'https://search.example:9243' });
    assert.deepEqual(existing, ['infrastructure', 'index', 'spec', 'processes', 'intent', 'jobs']);
  });

  it('in containers brings the image and declares the topics first, and needs no key of a host', () => {
    const ids = (aws: object) => {
      const { publicKey, callerCidr, ...noHost } = facts;
      assert.ok(publicKey !== undefined && callerCidr !== undefined);
      const given = settings({ producers: 'fargate', ...aws }, { url: 'https://search.example:9243' });
      const deployment = composeDeployment(lake, given, noHost);
      assert.deepEqual(deploymentSchema.parse(deployment), deployment);
      return inOrder(awsSteps(lake, deployment, { produce: true })).map(({ id }) => id);
    };
    const all = ['infrastructure', 'index', 'spec', 'image', 'topics', 'services', 'intent', 'jobs'];
    assert.deepEqual(ids({}), all);
    const published = { containers: { architecture: 'arm64', image: 'registry.example/producers:1.0' } };
    assert.deepEqual(
      ids(published),
      all.filter((id) => id !== 'image'),
    );
  });

  it('keeps what holds data apart from what goes with "down --keep-data"', () => {
    const steps = awsSteps(lake, composeDeployment(lake, settings(), facts), { produce: true });
    const kept = steps.filter(({ data }) => data === true).map(({ id }) => id);
    assert.deepEqual(kept.sort(), ['index', 'infrastructure', 'kibana', 'search', 'search-user']);
  });

  it('submits each job with the jar of this very build and no secret', () => {
    const job = {
      id: 'quotes-iceberg',
      jar: 'KafkaConsumerCryptoS3-1.0.jar',
      mainClass: 'io.X',
      sha256: artifact.sha256,
    };
    const { name, args } = renderStep(job, { prefix: 'acme-lake' });
    assert.equal(name, 'quotes-iceberg');
    assert.deepEqual(args.slice(-3), [
      `s3://acme-lake-artifacts/jars/${'a'.repeat(16)}/KafkaConsumerCryptoS3-1.0.jar`,
      '--spec',
      's3://acme-lake-artifacts/spec/lake.json',
    ]);
  });
});

describe('an orphan', () => {
  it('is imported by the id that its type asks for', () => {
    const found = {
      aws_vpc: ['arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1', 'vpc-1'],
      aws_ecs_cluster: ['arn:aws:ecs:us-east-1:1:cluster/acme-producers', 'acme-producers'],
      aws_ecs_service: ['arn:aws:ecs:us-east-1:1:service/acme-producers/acme-q', 'acme-producers/acme-q'],
      aws_ecr_repository: ['arn:aws:ecr:us-east-1:1:repository/acme-producers', 'acme-producers'],
      aws_s3_bucket: ['arn:aws:s3:::acme-artifacts', 'acme-artifacts'],
      aws_lambda_function: ['arn:aws:lambda:us-east-1:1:function:acme-create-tables', 'acme-create-tables'],
      aws_cloudwatch_log_group: ['arn:aws:logs:us-east-1:1:log-group:/aws/lambda/acme-a:*', '/aws/lambda/acme-a'],
      aws_sqs_queue: ['arn:aws:sqs:eu-west-1:1:acme-q', 'https://sqs.eu-west-1.amazonaws.com/1/acme-q'],
    } as const;
    for (const [type, [arn, id]] of Object.entries(found)) assert.equal(importId(type, arn), id);
    const queue = 'https://sqs.cn-north-1.amazonaws.com.cn/1/q';
    assert.equal(importId('aws_sqs_queue', 'arn:aws-cn:sqs:cn-north-1:1:q'), queue);
    assert.equal(importId('aws_route', 'arn:aws:x'), undefined);
  });

  it('is not adopted as what else has the tag with its address', () => {
    const nodes = ['instance/i-1', 'volume/vol-1', 'network-interface/eni-1'];
    for (const node of nodes) assert.equal(importId('aws_emr_cluster', `arn:aws:ec2:us-east-1:1:${node}`), undefined);
    const cluster = 'arn:aws-cn:elasticmapreduce:cn-north-1:1:cluster/j-1';
    assert.equal(importId('aws_emr_cluster', cluster), 'j-1');
    assert.equal(importId('aws_instance', 'arn:aws:ec2:us-east-1:1:instance/i-1'), 'i-1');
    assert.equal(importId('aws_sns_topic', 'arn:aws:sqs:us-east-1:1:acme-alerts'), undefined);
  });

  it('without tags is imported by what the plan knows of it, and not before it knows enough', () => {
    const route = { route_table_id: 'rtb-1', destination_cidr_block: '0.0.0.0/0' };
    assert.equal(plannedId('aws_route', route, here), 'rtb-1_0.0.0.0/0');
    assert.equal(plannedId('aws_route', { destination_cidr_block: '0.0.0.0/0' }, here), undefined);
    const policy = { path: '/crypto-lake/acme/', name: 'acme-analysts' };
    assert.equal(plannedId('aws_iam_policy', policy, here), 'arn:aws:iam::1:policy/crypto-lake/acme/acme-analysts');
    const china = plannedId('aws_iam_policy', policy, { accountId: '1', region: 'cn-north-1' });
    assert.equal(china, 'arn:aws-cn:iam::1:policy/crypto-lake/acme/acme-analysts');
    assert.equal(plannedId('aws_s3_object', {}, here), undefined);
  });
});
