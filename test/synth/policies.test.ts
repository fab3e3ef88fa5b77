import assert from 'node:assert/strict';
import { awsNames } from '../../src/aws/names.ts';
import { sampleDeployment } from '../support/deployment.ts';
import {
  prefix,
  resourceOf,
  resourcesOf,
  rightsOf,
  statementsOf,
  synthesiseLake,
  type Attributes,
  type PolicyStatement,
  type StackJson,
} from './stack.ts';

const lake = synthesiseLake();
const { host: hostSize } = sampleDeployment().aws;

/** Actions that their service can't limit to a resource ("Service Authorization Reference", column "Resource types"). */
const withoutResource = new Set([
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'cloudwatch:ListMetrics',
  'cloudwatch:PutMetricData',
  'ec2:DescribeAddresses',
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeKeyPairs',
  'ec2:DescribeNatGateways',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroupRules',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVolumes',
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeVpcs',
  'ecs:DescribeTaskDefinition',
  'elasticmapreduce:ListClusters',
  'kafka:ListClusters',
  'kafka:ListClustersV2',
  'lambda:ListFunctions',
  'macie2:GetFindings',
  'macie2:ListFindings',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'tag:GetResources',
]);

/** All policies that grant rights, with their place. */
function grants(): [string, PolicyStatement][] {
  return ['aws_iam_role_policy', 'aws_iam_policy', 'aws_sns_topic_policy'].flatMap((type) =>
    Object.entries(resourcesOf(lake, type)).flatMap(([name, { policy }]) =>
      statementsOf(policy).map((statement): [string, PolicyStatement] => [`${type}.${name}`, statement]),
    ),
  );
}

function all(): [string, string, Attributes][] {
  return Object.entries(lake.resource).flatMap(([type, named]) =>
    Object.entries(named).map(([name, attributes]): [string, string, Attributes] => [type, name, attributes]),
  );
}

describe('rules that hold for every part of the lake', () => {
  it('no policy names an action by a pattern', () => {
    assert.ok(grants().length > 50);
    for (const [where, { Action }] of grants()) {
      for (const action of Action) assert.match(action, /^[a-z0-9-]+:[A-Za-z0-9]+$/, where);
    }
  });

  it('no policy names all resources where the service knows any', () => {
    const wide = grants().filter(([, { Resource }]) => Resource.includes('*'));
    assert.ok(wide.length > 0);
    for (const [where, { Action }] of wide) {
      assert.deepEqual(
        Action.filter((action) => !withoutResource.has(action)),
        [],
        where,
      );
    }
  });

  it('every ARN is of this lake: its prefix, its databases, or a tag that must match', () => {
    const own = [prefix, 'catalog', 'database/', 'table/', 'datacatalog/', 'elasticmapreduce/*', '/aws-glue/crawlers'];
    for (const [where, { Resource, Condition }] of grants()) {
      for (const arn of Resource.filter((one) => one !== '*' && !one.startsWith('${'))) {
        const tagged = JSON.stringify(Condition ?? {}).includes('ResourceTag/lake');
        const emrPrograms = arn.includes(':::us-east-1.elasticmapreduce');
        assert.ok(tagged || emrPrograms || own.some((part) => arn.includes(part)), `${where}: ${arn}`);
      }
    }
  });

  it('a role is taken on by one service', () => {
    for (const [name, { assume_role_policy: trust }] of Object.entries(resourcesOf(lake, 'aws_iam_role'))) {
      const statements = statementsOf(trust);
      assert.equal(statements.length, 1, name);
      assert.match(JSON.stringify(statements[0]?.Principal), /^\{"Service":"[a-z0-9]+\.amazonaws\.com"\}$/, name);
    }
  });

  it('nothing but SSH from the caller comes in from outside', () => {
    const rules = Object.values(resourcesOf(lake, 'aws_vpc_security_group_ingress_rule'));
    const outside = rules.filter((rule) => 'cidr_ipv4' in rule || 'cidr_ipv6' in rule);
    assert.equal(outside.length, 1);
    assert.equal(outside[0]?.['cidr_ipv4'], '203.0.113.7/32');
    assert.equal(outside[0]?.['from_port'], 22);
    assert.equal(outside[0]?.['to_port'], 22);
    for (const group of Object.values(resourcesOf(lake, 'aws_security_group'))) assert.ok(!('ingress' in group));
    assert.deepEqual(Object.keys(resourcesOf(lake, 'aws_security_group_rule')), []);
  });

  it('nothing at all comes in where the host is reached through Session Manager, for which it has just its channels', () => {
    const closed = synthesiseLake({
      callerCidr: undefined,
      aws: { host: { ...hostSize, connection: 'session-manager' } },
    });
    const rules = Object.values(resourcesOf(closed, 'aws_vpc_security_group_ingress_rule'));
    assert.ok(rules.length > 0);
    assert.ok(rules.every((rule) => !('cidr_ipv4' in rule) && !('cidr_ipv6' in rule)));
    const actions = (stack: StackJson) =>
      rightsOf(stack, 'producers_role_')
        .flatMap(({ Action }) => Action)
        .filter((action) => action.startsWith('ssm'));
    assert.equal(actions(closed).length, 5);
    assert.deepEqual(actions(lake), []);
  });

  it('everything carries the tags of the lake, the host’s disk too', () => {
    const [provider] = lake.provider['aws'] ?? [];
    assert.deepEqual(provider?.['default_tags'], [{ tags: { project: 'crypto-lake', lake: prefix } }]);
    assert.equal(lake.provider['aws']?.length, 1);
    for (const [type, name, attributes] of all()) assert.ok(!('provider' in attributes), `${type}.${name}`);
    const { volume_tags: disk } = resourceOf(lake, 'aws_instance');
    assert.deepEqual(disk, { project: 'crypto-lake', lake: prefix, Name: `${prefix}-producers` });
  });

  it('every name begins with the prefix', () => {
    const fields = ['name', 'bucket', 'function_name', 'cluster_name', 'alarm_name', 'dashboard_name', 'key_name'];
    const ownNames = new Set(['crypto_db', 'crypto_silver', 'crypto_gold', 'rights']);
    const names = all().flatMap(([type, , attributes]) =>
      fields.flatMap((field) => (typeof attributes[field] === 'string' ? [[type, attributes[field]] as const] : [])),
    );
    assert.ok(names.length > 60);
    for (const [type, name] of names) {
      if (name.startsWith('${') || ownNames.has(name)) continue;
      const folders = [`/crypto-lake/${prefix}/`, `/aws/lambda/${prefix}-`];
      assert.ok(name.startsWith(`${prefix}-`) || folders.some((folder) => name.startsWith(folder)), `${type} ${name}`);
    }
  });

  it('names are those that the command line uses', () => {
    const names = awsNames(prefix);
    const buckets = Object.values(resourcesOf(lake, 'aws_s3_bucket')).map(({ bucket }) => bucket);
    const layers = (['bronze', 'silver', 'gold'] as const).map((layer) => names.buckets[layer]);
    assert.deepEqual(buckets.sort(), [...layers, names.buckets.artifacts, names.buckets.logs].sort());
    assert.equal(resourceOf(lake, 'aws_athena_workgroup')['name'], names.workgroup);
    assert.equal(resourceOf(lake, 'aws_emr_cluster')['name'], names.cluster);
    const logs = Object.values(resourcesOf(lake, 'aws_cloudwatch_log_group')).map(({ name }) => name);
    assert.ok(logs.includes(names.producerLogs));
    for (const role of Object.values(resourcesOf(lake, 'aws_iam_role'))) assert.equal(role['path'], names.iamPath);
  });

  it('holds no secret, and makes none', () => {
    assert.deepEqual(
      Object.keys(lake.resource).filter((type) => /secret|random_|tls_/.test(type)),
      [],
    );
    const text = JSON.stringify(lake);
    for (const word of ['password', 'secret_string', 'api_key', 'PRIVATE KEY']) assert.ok(!text.includes(word), word);
  });

  it('the provider is pinned, and bound to the account', () => {
    assert.deepEqual(lake.terraform.required_providers['aws'], { source: 'aws', version: '5.100.0' });
    assert.deepEqual(lake.provider['aws']?.[0]?.['allowed_account_ids'], ['123456789012']);
  });
});
