import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AllocateAddressCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LakeFormationClient, PutDataLakeSettingsCommand } from '@aws-sdk/client-lakeformation';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { AwsTestLake, prefix, terraformUnavailable } from '../support/aws/test-lake.ts';
import { skipWithout } from '../support/skipping.ts';

/** What a lake needs and an account lacks is said at once, before anything is made. */
describe('an account that lacks something', function () {
  this.timeout(600_000);
  let lake: AwsTestLake | undefined;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    lake = await AwsTestLake.infrastructure();
    settings('');
    await lake.storeSearchUser();
  });

  after(async () => {
    await lake?.end();
  });

  const raised = (): AwsTestLake => {
    assert.ok(lake);
    return lake;
  };
  const settings = (more: string) => {
    writeFileSync(join(raised().folder, 'cryptodm.yaml'), `target: aws\naws:\n  prefix: ${prefix}\n${more}`);
  };
  /** Calls since a moment that make something. */
  const made = async (since: number) =>
    (await raised().account.calls()).filter(
      ({ at, operation }) => at > since && /^(Create|Put|Run|Allocate|Enable|Register|Add)/.test(operation),
    );

  it('hears everything in one message, with the request that repairs it, and nothing is made', async () => {
    const { account } = raised();
    await account.change({
      quotas: { 'ec2/L-1216C47A': 5, 'ec2/L-0263D0A3': 1, 'vpc/L-F678F1CE': 1, 'lambda/L-B99A9384': 10 },
      emrReleases: ['emr-7.13.0'],
      kafkaVersions: ['3.9.x.kraft'],
      withheld: { 'us-east-1a': ['t4g.small'] },
      foreignBuckets: { [`${prefix}-logs`]: 403, [`${prefix}-artifacts`]: 301 },
      deniedRights: ['iam:CreateRole', 'kafka:CreateCluster'],
    });
    const config = account.clientConfig;
    await new EC2Client(config).send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await new LakeFormationClient(config).send(
      new PutDataLakeSettingsCommand({
        DataLakeSettings: { CreateDatabaseDefaultPermissions: [], CreateTableDefaultPermissions: [] },
      }),
    );
    const since = Date.now() / 1000;
    for (const command of [['plan'], ['up', '--yes']]) {
      const { code, stderr } = await raised().try(command);
      assert.equal(code, 6, stderr);
      for (const [lack, repair] of lacks) {
        assert.match(stderr, lack);
        assert.match(stderr, repair);
      }
    }
    assert.deepEqual(await made(since), []);
  });

  const quota = (service: string, code: string, value: number) =>
    new RegExp(
      `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${String(value)} --region us-east-1`,
    );
  const lacks: [RegExp, RegExp][] = [
    [/needs 10 more vCPUs .*; 0 of 5 are in use/, quota('ec2', 'L-1216C47A', 10)],
    [/needs 1 more elastic addresses; 1 of 1/, quota('ec2', 'L-0263D0A3', 2)],
    [/needs 1 more networks \(VPC\); 1 of 1/, quota('vpc', 'L-F678F1CE', 2)],
    [/10 concurrent executions .* needs 106/, quota('lambda', 'L-B99A9384', 1000)],
    [/EMR has no release emr-7\.12\.0/, /"aws\.emr\.release" .* emr-7\.13\.0/],
    [/no brokers of Kafka 3\.8\.x/, /"aws\.brokers\.version" .* 3\.9\.x\.kraft/],
    [/does not offer t4g\.small in us-east-1a/, /"aws\.host\.type"/],
    [/acme-lake-logs belongs to somebody else/, /Choose another prefix/],
    [/acme-lake-artifacts belongs to somebody else/, /Choose another prefix/],
    [/user\/ana may not: .*kafka:CreateCluster/, /docs\/aws\.md/],
    [/Lake Formation closes/, /put-data-lake-settings .*IAM_ALLOWED_PRINCIPALS/],
  ];

  it('hears of the vCPUs of Fargate where the producers are containers, and of no host', async () => {
    const { account } = raised();
    await account.change({ quotas: { 'fargate/L-3032A538': 0.5 } });
    settings('  producers: fargate\n');
    const { code, stderr } = await raised().try(['plan']);
    settings('');
    await account.change({ quotas: { 'fargate/L-3032A538': 6 } });
    assert.equal(code, 6, stderr);
    assert.match(stderr, /needs 0\.75 more vCPUs of on-demand tasks of Fargate; 0 of 0\.5 are in use/);
    assert.match(stderr, quota('fargate', 'L-3032A538', 1));
    assert.doesNotMatch(stderr, /t4g\.small/);
  });

  it('names what this user may not ask, and goes on', async () => {
    const { account } = raised();
    const open = [
      { Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' }, Permissions: ['ALL' as const] },
    ];
    await new LakeFormationClient(account.clientConfig).send(
      new PutDataLakeSettingsCommand({
        DataLakeSettings: { CreateDatabaseDefaultPermissions: open, CreateTableDefaultPermissions: open },
      }),
    );
    await account.change({
      quotas: { 'ec2/L-1216C47A': 64, 'ec2/L-0263D0A3': 5, 'vpc/L-F678F1CE': 5, 'lambda/L-B99A9384': 1000 },
      emrReleases: ['emr-7.12.0'],
      kafkaVersions: ['3.8.x'],
      withheld: {},
      foreignBuckets: {},
      deniedRights: [],
    });
    for (const [service, operation] of [
      ['service-quotas', 'GetServiceQuota'],
      ['iam', 'SimulatePrincipalPolicy'],
    ] as const) {
      await account.fault({ service, operation, status: 403, code: 'AccessDeniedException' });
    }
    const { stdout, stderr, code } = await raised().try(['plan']);
    await account.clearFaults();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Not known before it is made:\n {2}quota of vCPUs: this user has no right to servicequotas:/);
    assert.match(stdout, /rights of this user: this user has no right to iam:SimulatePrincipalPolicy/);
    assert.match(stdout, /requests a day to S3/);
  });
});

describe('a region with two zones', function () {
  this.timeout(600_000);
  let lake: AwsTestLake | undefined;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    lake = await AwsTestLake.infrastructure();
  });

  after(async () => {
    await lake?.end();
  });

  it('is refused for three brokers, and takes two', async () => {
    assert.ok(lake);
    const file = join(lake.folder, 'cryptodm.yaml');
    const write = (more: string) => {
      writeFileSync(file, `target: aws\naws:\n  prefix: ${prefix}\n  region: us-west-1\n${more}`);
    };
    write('');
    const env = { AWS_REGION: 'us-west-1', AWS_DEFAULT_REGION: 'us-west-1' };
    await lake.storeSearchUser(env);
    const refused = await lake.try(['plan'], { env });
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /us-west-1 has 2 zones .* 3 brokers evenly[\s\S]*"aws\.brokers\.count" to 2 or 4/);
    write('  brokers: { count: 2 }\n');
    const planned = await lake.try(['plan'], { env });
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /prices of us-east-1 in \d{4}-\d\d: us-west-1 has its own/);
  });
});
