import assert from 'node:assert/strict';
import {
  allows,
  prefix,
  resourceOf,
  resourcesOf,
  rightsOf,
  statementsOf,
  synthesiseLake,
  type Attributes,
} from './stack.ts';

const tag = `${'0'.repeat(16)}-amd64`;
const lake = synthesiseLake({ containers: { architecture: 'amd64', image: { kind: 'own', tag } } });
const host = synthesiseLake();

interface Container {
  image: string;
  command: string[];
  environment: { name: string; value: string }[];
  readonlyRootFilesystem: boolean;
  logConfiguration: { options: Record<string, string> };
}

const containersOf = (definition: Attributes) => JSON.parse(String(definition['container_definitions'])) as Container[];

describe('producers in containers', () => {
  it('are two services of one cluster, each with one task that is never there twice', () => {
    const services = Object.values(resourcesOf(lake, 'aws_ecs_service'));
    assert.deepEqual(
      services.map(({ name }) => name),
      [`${prefix}-producer-quotes`, `${prefix}-producer-trades`],
    );
    for (const service of services) {
      assert.equal(service['deployment_maximum_percent'], 100);
      assert.equal(service['deployment_minimum_healthy_percent'], 0);
      assert.equal(service['launch_type'], 'FARGATE');
      // A step of "up" starts them, and gives them a new definition when its image is there.
      assert.equal(service['desired_count'], 0);
      assert.deepEqual((service['lifecycle'] as { ignore_changes: string[] }).ignore_changes, [
        'desired_count',
        'task_definition',
      ]);
      const network = service['network_configuration'] as { assign_public_ip: boolean; subnets: string[] };
      assert.equal(network.assign_public_ip, false);
      assert.equal(network.subnets.length, 3);
    }
    assert.equal(resourceOf(lake, 'aws_ecs_cluster')['name'], `${prefix}-producers`);
  });

  it('run the image of this very build, read-only, from the spec in the lake’s bucket, without a secret', () => {
    const definitions = Object.values(resourcesOf(lake, 'aws_ecs_task_definition'));
    assert.deepEqual(
      definitions.map(({ family }) => family),
      ['producer-quotes', 'producer-trades', 'topics'].map((name) => `${prefix}-${name}`),
    );
    for (const definition of definitions) {
      assert.deepEqual([definition['cpu'], definition['memory']], ['256', '512']);
      assert.deepEqual(definition['runtime_platform'], {
        cpu_architecture: 'X86_64',
        operating_system_family: 'LINUX',
      });
      const [container, ...others] = containersOf(definition);
      assert.ok(container !== undefined && others.length === 0);
      assert.match(container.image, new RegExp(`^\\$\\{aws_ecr_repository\\.\\w+\\.repository_url\\}:${tag}$`));
      assert.deepEqual(container.command.slice(-2), ['--spec', `s3://${prefix}-artifacts/spec/lake.json`]);
      assert.deepEqual(container.environment, [{ name: 'AWS_REGION', value: 'us-east-1' }]);
      assert.equal(container.readonlyRootFilesystem, true);
      assert.equal(container.logConfiguration.options['awslogs-stream-prefix'], 'task');
    }
  });

  it('are built for the chosen processor', () => {
    const arm = synthesiseLake({
      containers: { architecture: 'arm64', image: { kind: 'own', tag: tag.replace('amd64', 'arm64') } },
    });
    for (const definition of Object.values(resourcesOf(arm, 'aws_ecs_task_definition'))) {
      assert.equal((definition['runtime_platform'] as { cpu_architecture: string }).cpu_architecture, 'ARM64');
    }
  });

  it('need neither host, key, image of a machine nor port, and the stack reports none', () => {
    const ofHosts = (stack: typeof lake) =>
      ['aws_instance', 'aws_key_pair', 'aws_iam_instance_profile']
        .flatMap((type) => Object.keys(resourcesOf(stack, type)))
        .filter((name) => name.startsWith('producers_'));
    assert.equal(ofHosts(host).length, 3);
    assert.deepEqual(ofHosts(lake), []);
    assert.deepEqual(Object.keys(lake.data?.['aws_ssm_parameter'] ?? {}), []);
    const rules = Object.values(resourcesOf(lake, 'aws_vpc_security_group_ingress_rule'));
    assert.ok(rules.length > 0 && rules.every((rule) => !('cidr_ipv4' in rule) && rule['from_port'] !== 22));
    assert.ok(!JSON.stringify(lake).includes('InstanceId'));
    const outputs = Object.keys(lake.output).filter((name) => name.startsWith('producer_'));
    assert.deepEqual(outputs.sort(), [
      ...['producer_cluster', 'producer_network', 'producer_repository', 'producer_tasks'],
    ]);
  });

  it('have the rights of the host on topics and secret, and that on their spec', () => {
    const rights = rightsOf(lake, 'producers_role_');
    const onHost = rightsOf(host, 'producers_role_');
    const shared = (from: typeof rights) =>
      from.filter(({ Action }) => Action.some((action) => /^(kafka-cluster|secretsmanager):/.test(action)));
    assert.deepEqual(shared(rights), shared(onHost));
    assert.ok(allows(rights, 's3:GetObject', `arn:aws:s3:::${prefix}-artifacts/spec/lake.json`));
    const actions = rights.flatMap(({ Action }) => Action);
    assert.ok(!actions.some((action) => /^(s3:(Put|Delete)|ssm|ecs|logs|cloudwatch)/.test(action)), actions.join());
  });

  it('are started by a role that pulls this image and writes these logs', () => {
    const rights = rightsOf(lake, 'producers_execution_');
    const actions = rights.flatMap(({ Action }) => Action).sort();
    assert.deepEqual(actions, [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    for (const { assume_role_policy: trust } of ['role', 'execution'].map((one) =>
      resourceOf(lake, 'aws_iam_role', `producers_${one}_`),
    )) {
      assert.deepEqual(statementsOf(trust)[0]?.Principal, { Service: 'ecs-tasks.amazonaws.com' });
    }
  });

  it('keep role and log group of a host that they replace, and the other way round', () => {
    const addresses = (stack: typeof lake) => [
      ...Object.keys(resourcesOf(stack, 'aws_iam_role')).filter((name) => name.startsWith('producers_role_')),
      ...Object.keys(resourcesOf(stack, 'aws_cloudwatch_log_group')).filter((name) => name.startsWith('producers_')),
    ];
    assert.equal(addresses(lake).length, 2);
    assert.deepEqual(addresses(lake), addresses(host));
  });

  it('end with the time to live, and operators see them', () => {
    const service = `arn:aws:ecs:us-east-1:123456789012:service/${prefix}-producers/*`;
    const rights = rightsOf(lake, 'functions_expire-lake_');
    assert.ok(allows(rights, 'ecs:UpdateService', service), JSON.stringify(rights));
    const ofHost = rightsOf(host, 'functions_expire-lake_').flatMap(({ Action }) => Action);
    assert.ok(!ofHost.includes('ecs:UpdateService'));
    const operators = statementsOf(resourceOf(lake, 'aws_iam_policy', 'access_operators-policy_')['policy']);
    assert.ok(allows(operators, 'ecs:DescribeServices', service));
  });

  it('take a published image as it is, without a repository', () => {
    const name = 'registry.example/producers:1.0';
    const published = synthesiseLake({ containers: { architecture: 'amd64', image: { kind: 'published', name } } });
    assert.deepEqual(Object.keys(resourcesOf(published, 'aws_ecr_repository')), []);
    const actions = rightsOf(published, 'producers_execution_').flatMap(({ Action }) => Action);
    assert.deepEqual(actions.sort(), ['logs:CreateLogStream', 'logs:PutLogEvents']);
    for (const definition of Object.values(resourcesOf(published, 'aws_ecs_task_definition'))) {
      assert.equal(containersOf(definition)[0]?.image, name);
    }
  });
});
