import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { AwsTestLake, prefix, terraformUnavailable } from '../support/aws/test-lake.ts';
import { skipWithout } from '../support/skipping.ts';

/**
 * Creates and removes everything that Terraform makes, once, in order. The flow of events and failures are in test/long/account, because the
 * host, the brokers and the engine of Athena alone take longer than this.
 */
describe('the infrastructure of a lake in an account', function () {
  this.timeout(600_000);
  let lake: AwsTestLake | undefined;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    lake = await AwsTestLake.infrastructure();
    writeFileSync(join(lake.folder, 'cryptodm.yaml'), `target: aws\naws: { prefix: ${prefix} }\n`);
  });

  after(async () => {
    await lake?.end();
  });

  const raised = (): AwsTestLake => {
    assert.ok(lake);
    return lake;
  };
  const changes = async () => (await raised().json<{ changes: { action: string }[] }>('plan')).changes;

  it('is shown before it is made', async () => {
    await raised().storeSearchUser();
    const planned = await changes();
    assert.ok(planned.length > 150, String(planned.length));
    assert.ok(planned.every(({ action }) => action === 'create'));
  });

  it('is created up to the steps that need a host, and then has nothing to change', async () => {
    const ran = await raised().try(['up', '--yes']);
    assert.equal(ran.code, 5, `${ran.stdout}\n${ran.stderr}`);
    assert.match(ran.stderr, /Elasticsearch at .* ECONNREFUSED/);
    assert.deepEqual(await changes(), []);
  });

  it('has nothing to change on another machine either, which gets the keys of the host and the nodes', async () => {
    const other = join(raised().folder, 'other-machine');
    const env = { CRYPTODM_PATHS_DATA: other };
    const ran = await raised().try(['plan', '--json'], { env });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual((JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { changes: unknown[] }).changes, []);
    const key = join(other, 'aws', prefix, 'producers.pem');
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.equal(
      readFileSync(key, 'utf8'),
      readFileSync(join(raised().folder, 'data', 'aws', prefix, 'producers.pem'), 'utf8'),
    );
    rmSync(other, { recursive: true });
  });

  it('asks the account nothing more once it is up', async () => {
    // What is in use now is the lake's own.
    const { account } = raised();
    await account.change({
      quotas: { 'ec2/L-1216C47A': 10, 'ec2/L-0263D0A3': 2, 'vpc/L-F678F1CE': 2 },
      emrReleases: [],
      kafkaVersions: [],
      deniedRights: ['iam:CreateRole'],
    });
    const since = Date.now() / 1000;
    const planned = await raised().json<{ changes: unknown[]; notKnown: unknown[] }>('plan');
    assert.deepEqual([planned.changes, planned.notKnown], [[], []]);
    const asked = (await account.calls()).filter(
      ({ at, operation }) =>
        at > since &&
        /ServiceQuota|SimulatePrincipalPolicy|ListReleaseLabels|ListKafkaVersions|Offerings/.test(operation),
    );
    assert.deepEqual(asked, []);
  });

  it('leaves nothing', async () => {
    const logs = new CloudWatchLogsClient(raised().account.clientConfig);
    const roles = [`crypto-lake/${prefix}/${prefix}-crawler`, `${prefix}-crawlers`];
    const groups = roles.map((role) => `/aws-glue/crawlers-role/${role}-${prefix}-crawler`);
    for (const logGroupName of groups) await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const proof = await raised().json<{
      removed: number;
      tagged: string[];
      stillListed: string[];
      named: string[];
      files: string[];
    }>('down', '--yes');
    assert.deepEqual([proof.tagged, proof.named, proof.files], [[], [], []]);
    assert.ok(proof.removed > 0);
    // The tagging API lists them for a while, and their services have none of them any more.
    const kinds = new Set(
      proof.stillListed.map((arn) => /^arn:aws:([\w-]+:).*?([\w-]+)\//.exec(arn)?.slice(1).join('')),
    );
    for (const kind of ['ec2:vpc', 'ec2:security-group', 'ec2:volume', 'kafka:cluster', 'elasticmapreduce:cluster']) {
      assert.ok(kinds.has(kind), `${kind} in ${[...kinds].join(', ')}`);
    }
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws-glue/crawlers-role/' }),
    );
    assert.deepEqual(
      logGroups.map(({ logGroupName }) => logGroupName),
      groups.slice(1),
    );
    const data = join(raised().folder, 'data');
    assert.deepEqual(existsSync(data) ? readdirSync(data) : [], []);
  });
});
