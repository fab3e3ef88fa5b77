import assert from 'node:assert/strict';
import { nameAwsLake } from '../../../../src/aws/lake.ts';
import { needsOf, needsOfNewLake } from '../../../../src/aws/preflight/needs.ts';
import { readSettings } from '../../../../src/settings/settings.ts';

type Values = Record<string, unknown>;

const change = (type: string, before: Values | null, after: Values | null) => ({
  ...{ address: `${type}.x`, type, mode: 'managed' },
  change: { actions: [], before, after },
});
const cluster = (coreCount: number): Values => ({
  release_label: 'emr-7.12.0',
  master_instance_group: [{ instance_type: 'm6g.xlarge', instance_count: 1 }],
  core_instance_group: [{ instance_type: 'm6g.xlarge', instance_count: coreCount }],
});
const host = { instance_type: 't4g.small' };
const brokers = { kafka_version: '3.8.x' };
const subnet = (name: string, zone: string) => ({ tags: { Name: `acme-${name}` }, availability_zone: zone });
const newLake = (producers: string) => {
  const flags = { target: 'aws', aws: { prefix: 'acme', producers } };
  return needsOfNewLake(nameAwsLake(readSettings({ flags, env: {}, cwd: '/nowhere' }), {}), 'us-east-1a');
};
const needs = (...changes: ReturnType<typeof change>[]) => needsOf([{ resource_changes: changes }]);

describe('what a plan needs of an account', () => {
  it('is everything of a new lake', () => {
    const found = needs(
      change('aws_emr_cluster', null, cluster(1)),
      change('aws_instance', null, host),
      change('aws_msk_cluster', null, brokers),
      change('aws_subnet', null, subnet('public', 'us-east-1a')),
      change('aws_subnet', null, subnet('private-1', 'us-east-1b')),
      change('aws_eip', null, {}),
      change('aws_vpc', null, {}),
      change('aws_lambda_function', null, { reserved_concurrent_executions: 1 }),
      change('aws_s3_bucket', null, { bucket: 'acme-logs' }),
      change('aws_glue_catalog_database', null, { name: 'crypto_db' }),
    );
    assert.deepEqual(Object.fromEntries(found.instances), { 'm6g.xlarge': 2, 't4g.small': 1 });
    assert.deepEqual(
      found.types.map(({ type, zone, setting }) => [type, zone, setting]),
      [
        ['m6g.xlarge', 'us-east-1b', 'aws.emr.primary'],
        ['m6g.xlarge', 'us-east-1b', 'aws.emr.core'],
        ['t4g.small', 'us-east-1a', 'aws.host.type'],
      ],
    );
    const { addresses, networks, executions, buckets, databases, release, kafka } = found;
    assert.deepEqual([addresses, networks, executions, buckets, databases], [1, 1, 1, ['acme-logs'], ['crypto_db']]);
    assert.deepEqual([release, kafka], ['emr-7.12.0', { version: '3.8.x', standing: undefined }]);
  });

  it('asks for the types of a cluster in the zone in which it will be', () => {
    const plan = [
      change('aws_emr_cluster', null, cluster(1)),
      change('aws_subnet', null, subnet('private-1', 'us-east-1a')),
      change('aws_subnet', null, subnet('private-2', 'us-east-1c')),
    ];
    const zones = (jobsZone: number) => needsOf([{ resource_changes: plan }], jobsZone).types.map(({ zone }) => zone);
    assert.deepEqual([zones(0)[0], zones(1)[0]], ['us-east-1a', 'us-east-1c']);
  });

  it('is a quarter of a vCPU for each task of Fargate, and none for another definition of a task', () => {
    const task = { cpu: '256' };
    const made = ['topics', 'quotes', 'trades'].map(() => change('aws_ecs_task_definition', null, task));
    assert.equal(needs(...made).taskVcpus, 0.75);
    assert.equal(needs(change('aws_ecs_task_definition', task, { ...task, family: 'other' })).taskVcpus, 0);
    assert.ok(needs(change('aws_ecs_task_definition', task, null), change('aws_instance', null, host)).taskVcpus < 0);
    assert.equal(newLake('fargate').taskVcpus, 0.75);
    assert.deepEqual([newLake('host').taskVcpus, newLake('host').types.length], [0, 3]);
  });

  it('is nothing of a lake that stands', () => {
    const found = needs(
      change('aws_emr_cluster', cluster(1), cluster(1)),
      change('aws_instance', host, host),
      change('aws_msk_cluster', brokers, brokers),
      change('aws_eip', {}, {}),
      change('aws_s3_bucket', { bucket: 'acme-logs' }, { bucket: 'acme-logs' }),
    );
    assert.ok([...found.instances.values()].every((count) => count === 0));
    const { addresses, buckets, types, release, kafka } = found;
    assert.deepEqual([addresses, buckets, types, release, kafka], [0, [], [], undefined, undefined]);
  });

  it('is only what is added to what stands', () => {
    const found = needs(
      change('aws_emr_cluster', cluster(1), cluster(3)),
      change('aws_instance', host, { instance_type: 't4g.medium' }),
      change('aws_msk_cluster', brokers, { kafka_version: '3.9.x.kraft' }),
    );
    assert.deepEqual(Object.fromEntries(found.instances), { 'm6g.xlarge': 2, 't4g.medium': 1, 't4g.small': -1 });
    assert.deepEqual(
      found.types.map(({ type }) => type),
      ['t4g.medium'],
    );
    assert.deepEqual(found.kafka, { version: '3.9.x.kraft', standing: '3.8.x' });
  });
});
