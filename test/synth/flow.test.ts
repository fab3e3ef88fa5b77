import assert from 'node:assert/strict';
import { architectureOf } from '../../cdktf/constructs/producers.ts';
import { Refusal } from '../../cdktf/refusal.ts';
import { sampleDeployment } from '../support/deployment.ts';
import { allows, prefix, resourceOf, resourcesOf, rightsOf, synthesiseLake } from './stack.ts';

const lake = synthesiseLake();
const { brokers, host: hostSize } = sampleDeployment().aws;
const topicArn = (name: string) => `arn:aws:kafka:us-east-1:123456789012:topic/${prefix}-stream/*/${name}`;

describe('network', () => {
  it('has one public subnet and three private ones, apart from each other', () => {
    const subnets = resourcesOf(lake, 'aws_subnet');
    const zones = Object.entries(subnets).filter(([name]) => name.includes('private'));
    assert.equal(Object.keys(subnets).length, 4);
    assert.equal(new Set(zones.map(([, { availability_zone: zone }]) => zone)).size, 3);
    assert.equal(new Set(Object.values(subnets).map(({ cidr_block: block }) => block)).size, 4);
    for (const subnet of Object.values(subnets)) assert.equal(subnet['map_public_ip_on_launch'], false);
  });

  it('has one way out for the private ones, and one to S3 without it', () => {
    assert.equal(Object.keys(resourcesOf(lake, 'aws_nat_gateway')).length, 1);
    const { vpc_endpoint_type: type, route_table_ids: tables } = resourceOf(lake, 'aws_vpc_endpoint');
    assert.equal(type, 'Gateway');
    assert.equal((tables as string[]).length, 2);
    // "Amazon EMR-managed security groups" asks for all ports of S3; AWS's support names 80 and 443.
    const rules = Object.values(resourcesOf(lake, 'aws_vpc_security_group_egress_rule'));
    for (const nodes of ['primary', 'core']) {
      const own = rules.filter((rule) => String(rule['security_group_id']).includes(`firewall_${nodes}_`));
      const ports = (to: 'prefix_list_id' | 'cidr_ipv4') =>
        own.filter((rule) => rule[to] !== undefined).map((rule) => rule['from_port']);
      assert.deepEqual([ports('prefix_list_id'), ports('cidr_ipv4').includes(443)], [[80], true], nodes);
    }
  });

  it('lets the host and both kinds of nodes reach the brokers, on the port of IAM only', () => {
    const rules = Object.entries(resourcesOf(lake, 'aws_vpc_security_group_ingress_rule'));
    const heard = rules.filter(([, rule]) => String(rule['security_group_id']).includes('firewall_stream_'));
    assert.equal(heard.length, 3);
    for (const [name, rule] of heard) {
      assert.equal(rule['from_port'], 9098, name);
      assert.equal(rule['to_port'], 9098, name);
    }
  });

  it('lets the nodes reach Elasticsearch where it is', () => {
    const ports = (url: string) =>
      Object.values(
        resourcesOf(synthesiseLake({ search: { kind: 'existing', url } }), 'aws_vpc_security_group_egress_rule'),
      )
        .filter((rule) => rule['cidr_ipv4'] === '0.0.0.0/0')
        .map((rule) => rule['from_port']);
    assert.ok(ports('https://search.example.com:9201').includes(9201));
    assert.deepEqual([...new Set(ports('https://search.example.com'))], [443]);
  });
});

describe('stream', () => {
  const cluster = resourceOf(lake, 'aws_msk_cluster');

  it('is reached by IAM and TLS only', () => {
    assert.deepEqual(cluster['client_authentication'], { sasl: { iam: true }, unauthenticated: false });
    const { encryption_in_transit: transit } = cluster['encryption_info'] as Record<string, unknown>;
    assert.deepEqual(transit, { client_broker: 'TLS', in_cluster: true });
  });

  it('survives the loss of a broker, and makes no topic by itself', () => {
    const { server_properties: text } = resourceOf(lake, 'aws_msk_configuration');
    const lines = String(text).trim().split('\n');
    for (const line of [
      'auto.create.topics.enable=false',
      'default.replication.factor=3',
      'min.insync.replicas=2',
      'log.retention.hours=168',
      'unclean.leader.election.enable=false',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    const { client_subnets: subnets } = cluster['broker_node_group_info'] as { client_subnets: string[] };
    assert.equal(subnets.length, 3);
  });

  it('writes its log down and grows its disks, which stay grown', () => {
    assert.match(JSON.stringify(cluster['logging_info']), /"enabled":true/);
    assert.match(JSON.stringify(cluster['lifecycle']), /volume_size/);
    assert.equal(resourceOf(lake, 'aws_appautoscaling_target')['max_capacity'], 5 * brokers.storageGb);
  });

  it('refuses brokers that can’t be spread evenly, in words', () => {
    const four = { aws: { brokers: { ...brokers, count: 4 } } };
    assert.throws(
      () => synthesiseLake(four),
      (error) => error instanceof Refusal && /4 is not possible/.test(error.message),
    );
    assert.equal(
      resourceOf(synthesiseLake({ aws: { brokers: { ...brokers, count: 2 } } }), 'aws_msk_cluster')[
        'number_of_broker_nodes'
      ],
      2,
    );
  });
});

describe('compute', () => {
  const cluster = resourceOf(lake, 'aws_emr_cluster');

  it('runs until it is terminated, with all jobs at once', () => {
    assert.equal(cluster['keep_job_flow_alive_when_no_steps'], true);
    assert.equal(cluster['termination_protection'], false);
    assert.ok(!('auto_termination_policy' in cluster));
    assert.equal(cluster['step_concurrency_level'], 7);
    assert.deepEqual(cluster['applications'], ['Spark']);
    assert.match(String(cluster['configurations_json']), /"iceberg.enabled":"true"/);
  });

  it('is in the zone of the deployment', () => {
    const subnet = (jobsZone: number) =>
      (resourceOf(synthesiseLake({ jobsZone }), 'aws_emr_cluster')['ec2_attributes'] as { subnet_id: string })
        .subnet_id;
    assert.match(subnet(0), /network_private-1_/);
    assert.match(subnet(2), /network_private-3_/);
  });

  it('encrypts at rest and between its nodes, where it is given a certificate', () => {
    const security = (changes = {}) =>
      JSON.parse(String(resourceOf(synthesiseLake(changes), 'aws_emr_security_configuration')['configuration'])) as {
        EncryptionConfiguration: Record<string, unknown>;
        InstanceMetadataServiceConfiguration: Record<string, unknown>;
      };
    const { EncryptionConfiguration: encryption, InstanceMetadataServiceConfiguration: metadata } = security();
    assert.equal(encryption['EnableAtRestEncryption'], true);
    assert.equal(encryption['EnableInTransitEncryption'], true);
    assert.match(JSON.stringify(encryption), /s3:\/\/sample-lake-artifacts\/certificates\/nodes\.zip/);
    assert.equal(metadata['MinimumInstanceMetadataServiceVersion'], 2);
    const without = security({ certificates: undefined });
    assert.equal(without.EncryptionConfiguration['EnableInTransitEncryption'], false);
  });

  it('starts after its network, rules and rights exist', () => {
    const needs = (cluster['depends_on'] as string[]).join(' ');
    for (const part of [
      'aws_route.network_private-route_',
      'aws_vpc_security_group_ingress_rule.firewall_',
      'compute_node_rights_',
    ]) {
      assert.ok(needs.includes(part), part);
    }
  });

  it('may read and trim its topics, write bad records, and no more', () => {
    const rights = rightsOf(lake, 'compute_node_');
    for (const name of ['coinbase-currencies', 'coinbase-trades', 'market-trades']) {
      assert.ok(allows(rights, 'kafka-cluster:ReadData', topicArn(name)), name);
      assert.ok(!allows(rights, 'kafka-cluster:WriteData', topicArn(name)), name);
      assert.ok(allows(rights, 'kafka-cluster:DeleteTopic', topicArn(name)), name);
    }
    assert.ok(allows(rights, 'kafka-cluster:WriteData', topicArn('coinbase-bad-records')));
    assert.ok(!allows(rights, 'kafka-cluster:DeleteTopic', topicArn('coinbase-bad-records')));
    // Spark's source assigns its partitions itself, and joins no group.
    assert.ok(!rights.some(({ Action }) => Action.some((action) => action.endsWith('Group'))));
    assert.ok(!rights.some(({ Action }) => Action.includes('kafka-cluster:CreateTopic')));
    // Tables are made by a function.
    assert.ok(!rights.some(({ Action }) => Action.includes('glue:CreateTable')));
  });
});

describe('producers', () => {
  const host = resourceOf(lake, 'aws_instance');

  it('are on an encrypted host that answers for its role to tokens only', () => {
    assert.deepEqual(host['metadata_options'], {
      http_endpoint: 'enabled',
      http_tokens: 'required',
      http_put_response_hop_limit: 1,
    });
    assert.equal((host['root_block_device'] as { encrypted: boolean }).encrypted, true);
    assert.ok(!('user_data' in host));
  });

  it('get the newest Amazon Linux of their processor', () => {
    const image = (type: string) =>
      Object.values(synthesiseLake({ aws: { host: { ...hostSize, type } } }).data?.['aws_ssm_parameter'] ?? {})[0]?.[
        'name'
      ];
    assert.equal(image('t4g.small'), '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64');
    assert.equal(image('t3.small'), '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64');
    assert.deepEqual(['m7g.large', 'im4gn.large', 'a1.medium'].map(architectureOf), ['arm64', 'arm64', 'arm64']);
    assert.deepEqual(['g4dn.xlarge', 'm6i.large', 'c5.large'].map(architectureOf), ['x86_64', 'x86_64', 'x86_64']);
  });

  it('declare all topics, write three, and look at what they sent of quotes and of the exchanges’ trades', () => {
    const rights = rightsOf(lake, 'producers_role_');
    for (const name of ['coinbase-currencies', 'coinbase-trades', 'market-trades', 'coinbase-bad-records']) {
      assert.ok(allows(rights, 'kafka-cluster:CreateTopic', topicArn(name)), name);
    }
    for (const name of ['coinbase-currencies', 'market-trades']) {
      assert.ok(allows(rights, 'kafka-cluster:ReadData', topicArn(name)), name);
      assert.ok(allows(rights, 'kafka-cluster:WriteData', topicArn(name)), name);
    }
    assert.ok(!allows(rights, 'kafka-cluster:ReadData', topicArn('coinbase-trades')));
    assert.ok(!allows(rights, 'kafka-cluster:WriteData', topicArn('coinbase-bad-records')));
    const secrets = rights.filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue'));
    assert.deepEqual(
      secrets.flatMap(({ Resource }) => Resource),
      [`arn:aws:secretsmanager:us-east-1:123456789012:secret:${prefix}/alpaca-??????`],
    );
  });
});
