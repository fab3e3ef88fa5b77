import assert from 'node:assert/strict';
import { App } from '../../cdktf/imports.ts';
import { LakeStack } from '../../cdktf/stacks/lake.ts';
import { Refusal } from '../../cdktf/refusal.ts';
import { sampleDeployment } from '../support/deployment.ts';
import { resourceOf, resourcesOf, synthesiseLake, type StackJson } from './stack.ts';

describe('a lake in another region', () => {
  for (const [region, partition] of [
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
  ] as const) {
    it(`names ARNs of the partition ${partition} only`, () => {
      const text = JSON.stringify(synthesiseLake({ aws: { region } }).resource);
      const partitions = new Set([...text.matchAll(/arn:(aws[a-z-]*):/g)].map(([, found]) => found));
      assert.deepEqual([...partitions], [partition]);
    });
  }

  it('in China trusts the services that have another name there', () => {
    const trusted = (region: string) =>
      Object.values(resourcesOf(synthesiseLake({ aws: { region } }), 'aws_iam_role'))
        .flatMap((role) => [...String(role['assume_role_policy']).matchAll(/"Service":"([^"]+)"/g)])
        .map(([, service]) => service)
        .filter((service) => /^(ec2|elasticmapreduce)\./.test(service ?? ''));
    assert.deepEqual([...new Set(trusted('cn-north-1'))].sort(), [
      'ec2.amazonaws.com.cn',
      'elasticmapreduce.amazonaws.com.cn',
    ]);
    assert.deepEqual([...new Set(trusted('eu-west-1'))].sort(), [
      'ec2.amazonaws.com',
      'elasticmapreduce.amazonaws.com',
    ]);
  });

  it('with two zones has two private subnets, and brokers in both', () => {
    const brokers = { type: 'kafka.t3.small', version: '3.8.x', count: 4, storageGb: 20 };
    const stack = synthesiseLake({ zones: 2, aws: { region: 'us-west-1', brokers } });
    assert.equal(Object.keys(resourcesOf(stack, 'aws_subnet')).length, 3);
    const { client_subnets } = resourceOf(stack, 'aws_msk_cluster')['broker_node_group_info'] as {
      client_subnets: string[];
    };
    assert.equal(new Set(client_subnets).size, 2);
  });

  it('with two zones refuses brokers that do not fit, with a number that does', () => {
    assert.throws(
      () => synthesiseLake({ zones: 2 }),
      (error) => error instanceof Refusal && /2 or a multiple of 2/.test(error.message),
    );
  });
});

describe('the version of Kafka', () => {
  it('is that of the settings, and the controller’s alarm reads it with and without ZooKeeper', () => {
    for (const version of ['3.8.x', '3.9.x.kraft']) {
      const brokers = { type: 'kafka.t3.small', version, count: 3, storageGb: 20 };
      const stack = synthesiseLake({ aws: { brokers } });
      assert.equal(resourceOf(stack, 'aws_msk_cluster')['kafka_version'], version);
      const alarm = resourceOf(stack, 'aws_cloudwatch_metric_alarm', 'alarms_stream-controller');
      // A sum or an average would depend on how many nodes report.
      assert.deepEqual(
        [alarm['metric_name'], alarm['statistic'], alarm['comparison_operator'], alarm['threshold']],
        ['ActiveControllerCount', 'Maximum', 'LessThanThreshold', 1],
      );
    }
  });
});

describe('the cluster', () => {
  it('ignores what version 6 of the provider reads back, and has no such attribute before', () => {
    const ignored = (provider?: string) => {
      const stack = new LakeStack(new App(), sampleDeployment(), provider);
      stack.prepareStack();
      const cluster = resourceOf(stack.toTerraform() as StackJson, 'aws_emr_cluster');
      return (cluster['lifecycle'] as { ignore_changes: string[] }).ignore_changes;
    };
    assert.deepEqual(ignored(), ['step']);
    assert.deepEqual(ignored('5.100.0'), ['step']);
    assert.deepEqual(ignored('6.2.0'), ['step', 'os_release_label']);
  });
});
