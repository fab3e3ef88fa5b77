import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { AwsTestLake, prefix, terraformUnavailable } from '../../support/aws/test-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

describe('a cluster in a zone that has no instances left', function () {
  this.timeout(600_000);
  let lake: AwsTestLake | undefined;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    lake = await AwsTestLake.infrastructure();
    writeFileSync(join(lake.folder, 'cryptodm.yaml'), `target: aws\naws: { prefix: ${prefix} }\n`);
    await lake.storeSearchUser();
  });

  after(async () => {
    await lake?.end();
  });

  const raised = (): AwsTestLake => {
    assert.ok(lake);
    return lake;
  };

  it('starts in the next one', async () => {
    const { account } = raised();
    await account.change({ exhausted: { 'us-east-1a': ['m6g.xlarge'] } });
    const ran = await raised().try(['up', '--yes']);
    assert.equal(ran.code, 5, `${ran.stdout}\n${ran.stderr}`);
    assert.match(ran.stderr, /Elasticsearch at .* ECONNREFUSED/);
    assert.match(ran.stderr, /no instances left for the cluster in zone 1 of the lake: it starts in zone 2/);
    const { Reservations = [] } = await new EC2Client(account.clientConfig).send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'instance-type', Values: ['m6g.xlarge'] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
      }),
    );
    const zones = Reservations.flatMap(({ Instances = [] }) => Instances).map(
      ({ Placement }) => Placement?.AvailabilityZone,
    );
    assert.deepEqual(zones, ['us-east-1b', 'us-east-1b']);
  });

  it('stays there when the first zone has instances again', async () => {
    await raised().account.change({ exhausted: {} });
    assert.deepEqual((await raised().json<{ changes: unknown[] }>('plan')).changes, []);
  });
});
