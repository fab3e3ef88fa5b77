import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  jobMetrics,
  readHealth,
  readMaintenanceHealth,
  maintenanceMetrics,
  partMetrics,
  producerMetrics,
} from '../../src/aws/functions/health-metrics.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { alarms as declaredAlarms } from '../../src/lake/alarms.ts';
import { listProducerTasks } from '../../src/aws/containers/tasks.ts';
import { functionNames, scheduledRules } from '../../src/lake/functions.ts';
import { sweepActions } from '../../src/aws/services/sweep-actions.ts';
import { Refusal } from '../../cdktf/refusal.ts';
import { keptRights } from '../support/aws/rights.ts';
import { sampleDeployment } from '../support/deployment.ts';
import {
  prefix,
  resourceOf,
  resourcesOf,
  rightsOf,
  rightsOfRole,
  synthesiseLake,
  synthesiseStacks,
  type StackJson,
} from './stack.ts';

const lake = synthesiseLake();
const inContainers = synthesiseLake({
  containers: { architecture: 'amd64', image: { kind: 'published', name: 'registry.example/producers:1.0' } },
});

describe('functions', () => {
  for (const name of functionNames) {
    it(`${name} runs once at a time, with a log, a role and a queue of its own`, () => {
      const lambda = resourceOf(lake, 'aws_lambda_function', `functions_${name}_`);
      assert.equal(lambda['function_name'], `${prefix}-${name}`);
      const isJava = name === 'create-tables';
      assert.equal(lambda['runtime'], isJava ? 'java17' : 'nodejs22.x');
      assert.deepEqual(lambda['architectures'], ['arm64']);
      assert.equal(lambda['handler'], isJava ? 'io.cryptodm.functions.CreateTables' : 'index.handler');
      // Lambda gives a whole processor at this size, which the start of a JVM needs.
      assert.equal(lambda['memory_size'], isJava ? 1769 : 512);
      assert.equal(lambda['reserved_concurrent_executions'], 1);
      assert.match(String(lambda['role']), new RegExp(`functions_${name}_role_`));
      assert.match(JSON.stringify(lambda['dead_letter_config']), new RegExp(`functions_${name}_dead-letters_`));
      const logs = resourceOf(lake, 'aws_cloudwatch_log_group', `functions_${name}_`);
      assert.equal(logs['name'], `/aws/lambda/${prefix}-${name}`);
      assert.equal(logs['retention_in_days'], 14);
      assert.equal(resourceOf(lake, 'aws_sqs_queue', `functions_${name}_`)['sqs_managed_sse_enabled'], true);
    });
  }

  it('get the environment of the contract', () => {
    const told = (name: string) =>
      (
        resourceOf(lake, 'aws_lambda_function', `functions_${name}_`)['environment'] as {
          variables: Record<string, string>;
        }
      ).variables;
    for (const name of functionNames) {
      const { ALERTS_TOPIC_ARN: topic, ...rest } = told(name);
      assert.match(String(topic), /aws_sns_topic/);
      assert.equal(rest['LAKE'], prefix);
      assert.equal(rest['SPEC_URI'], `s3://${prefix}-artifacts/spec/lake.json`);
      assert.equal(rest['ARTIFACTS_BUCKET'], `${prefix}-artifacts`);
      assert.equal(rest['WORKGROUP'], `${prefix}-lake`);
    }
    assert.equal(told('resubmit-step')['CLUSTER_NAME'], `${prefix}-jobs`);
    assert.equal(told('update-assets-icons')['COINAPI_SECRET'], `${prefix}/coinapi`);
  });

  it('have a reason for rights that no test uses only where they have the right', () => {
    for (const { role, actions } of keptRights) {
      const roles = role === undefined ? functionNames : [role];
      const granted = new Set(roles.flatMap((name) => rightsOfRole(lake, name)).flatMap(({ Action }) => Action));
      for (const action of actions) assert.ok(granted.has(action), `${role ?? 'all'}: ${action}`);
    }
  });

  it('a missing zip is refused in words', () => {
    const functions = { ...sampleDeployment().functions };
    delete functions['expire-lake'];
    assert.throws(
      () => synthesiseLake({ functions }),
      (error) => error instanceof Refusal && /expire-lake/.test(error.message),
    );
  });

  it('the one that ends the lake ends only what carries its tag or name', () => {
    const ending = rightsOf(lake, 'functions_expire-lake_').filter(({ Action }) =>
      Action.some((action) => /:(Terminate|Delete|Release)/.test(action)),
    );
    assert.equal(ending.length, 5);
    for (const { Resource, Condition } of ending) {
      const tag = Object.entries(Condition?.['StringEquals'] ?? {});
      const tagged = tag.some(([key, value]) => key.endsWith('ResourceTag/lake') && value === prefix);
      assert.ok(tagged || Resource.every((arn) => arn.includes(`cluster/${prefix}-stream/`)), Resource.join());
    }
    assert.ok(!JSON.stringify(ending).includes('s3:'));
  });

  it('the one that ends the lake may use the key of Elastic Cloud only where the index is there', () => {
    const secrets = (stack: StackJson) =>
      rightsOf(stack, 'functions_expire-lake_').filter(({ Action }) =>
        Action.includes('secretsmanager:GetSecretValue'),
      );
    const [right, ...more] = secrets(lake);
    assert.match(right?.Resource.join() ?? '', new RegExp(`:secret:${prefix}/elastic-cloud-\\?{6}$`));
    assert.deepEqual(more, []);
    const own = synthesiseLake({ search: { kind: 'existing', url: 'https://search.example.com' } });
    assert.deepEqual(secrets(own), []);
  });

  it('the one that ends the lake may ask all that a search by tags asks', () => {
    const allowed = new Set(rightsOf(lake, 'functions_expire-lake_').flatMap(({ Action }) => Action));
    for (const action of sweepActions) assert.ok(allowed.has(action), action);
  });
});

describe('triggers', () => {
  const rule = (start: string) => resourceOf(lake, 'aws_cloudwatch_event_rule', `upkeep_${start}_`);
  const target = (start: string) =>
    String(resourceOf(lake, 'aws_cloudwatch_event_target', `upkeep_${start}-target_`)['arn']);

  it('loads icons and optimises when the lake says so, and reports each minute', () => {
    assert.equal(rule('icons')['schedule_expression'], 'rate(1 day)');
    assert.equal(rule('optimize')['schedule_expression'], 'cron(0 4 ? * SUN *)');
    assert.equal(rule('health')['schedule_expression'], 'rate(1 minute)');
    assert.match(target('icons'), /update-assets-icons/);
    assert.match(target('optimize'), /optimize-tables/);
    assert.match(target('health'), /report-health/);
  });

  it('rests after that end wherever the calendar calls', () => {
    const rules = Object.values(resourcesOf(lake, 'aws_cloudwatch_event_rule'));
    const scheduled = rules.filter((one) => one['schedule_expression'] !== undefined).map(({ name }) => String(name));
    assert.deepEqual(scheduled.sort(), scheduledRules.map((one) => `${prefix}-${one}`).sort());
    // What was disabled differs from the plan, so the next "up" enables it.
    assert.ok(rules.every(({ state }) => state === 'ENABLED'));
    const rights = rightsOf(lake, 'functions_expire-lake_').filter(({ Action }) =>
      Action.includes('events:DisableRule'),
    );
    assert.deepEqual(rights.flatMap(({ Resource }) => Resource.map((arn) => arn.split('/').at(-1))).sort(), scheduled);
  });

  it('goes on when a query of this lake has ended', () => {
    const { 'detail-type': type, detail } = JSON.parse(String(rule('query-ended')['event_pattern'])) as Record<
      string,
      unknown
    >;
    assert.deepEqual(type, ['Athena Query State Change']);
    assert.deepEqual(detail, { workgroupName: [`${prefix}-lake`], currentState: ['SUCCEEDED', 'FAILED', 'CANCELLED'] });
    assert.match(target('query-ended'), /optimize-tables/);
  });

  it('submits a step of this cluster again when it has failed', () => {
    const { source, detail } = JSON.parse(String(rule('step-failed')['event_pattern'])) as {
      source: string[];
      detail: { clusterId: string[]; state: string[] };
    };
    assert.deepEqual(source, ['aws.emr']);
    assert.deepEqual(detail.state, ['FAILED']);
    assert.match(detail.clusterId.join(), /^\$\{aws_emr_cluster\.compute_cluster_\w+\.id\}$/);
    assert.match(target('step-failed'), /resubmit-step/);
  });

  it('each rule may call its function, and no other may', () => {
    const permissions = Object.values(resourcesOf(lake, 'aws_lambda_permission'));
    assert.equal(permissions.length, 6);
    for (const permission of permissions)
      assert.match(String(permission['source_arn']), /aws_cloudwatch_event_rule\.upkeep_/);
  });

  it('ends the lake at the end of its time, and tries again until all has gone', () => {
    const schedule = resourceOf(lake, 'aws_scheduler_schedule');
    assert.equal(schedule['start_date'], '2030-01-01T08:00:00Z');
    assert.equal(schedule['schedule_expression'], 'rate(15 minutes)');
    assert.match(JSON.stringify(schedule['target']), /expiresAt.*2030-01-01T08:00:00Z/);
    assert.match(JSON.stringify(schedule['target']), /functions_expire-lake_lambda_/);
    assert.deepEqual(resourcesOf(synthesiseLake({ expiresAt: undefined }), 'aws_scheduler_schedule'), {});
  });
});

describe('alarms', () => {
  const alarmsOf = (stack: StackJson) => Object.values(resourcesOf(stack, 'aws_cloudwatch_metric_alarm'));
  /** what each looks at, itself or by a query */
  const measuresOf = (stack: StackJson) =>
    alarmsOf(stack).map((alarm) => {
      const [first] = (alarm['metric_query'] ?? []) as { metric: Record<string, unknown> }[];
      return first?.metric ?? alarm;
    });
  const [alarms, measures] = [alarmsOf(lake), measuresOf(lake)];

  it('watch stream, cluster, host, functions and what the jobs say', () => {
    const watched = new Set(
      measures.map(({ namespace, metric_name: metric }) => `${String(namespace)} ${String(metric)}`),
    );
    for (const metric of [
      'AWS/Kafka KafkaDataLogsDiskUsed',
      'AWS/Kafka OfflinePartitionsCount',
      'AWS/Kafka ActiveControllerCount',
      'AWS/ElasticMapReduce AppsRunning',
      'AWS/EC2 StatusCheckFailed',
      'AWS/Lambda Errors',
      'CryptoLake Freshness',
      'CryptoLake Lag',
      'CryptoLake BadRecords',
      'CryptoLake LostRecords',
      'CryptoLake Clusters',
      'CryptoLake SearchFailures',
      'CryptoLake mem_used_percent',
      'CryptoLake disk_used_percent',
      'AWS/Kafka UnderMinIsrPartitionCount',
      'AWS/Kafka HeapMemoryAfterGC',
      'AWS/Kafka CPUCreditBalance',
      'AWS/EC2 CPUCreditBalance',
      'AWS/ElasticMapReduce HDFSUtilization',
      'AWS/ElasticMapReduce ContainerPending',
      'AWS/Lambda Throttles',
    ]) {
      assert.ok(watched.has(metric), metric);
    }
    assert.equal(measures.filter(({ metric_name: metric }) => metric === 'KafkaDataLogsDiskUsed').length, 3);
    assert.equal(measures.filter(({ namespace }) => namespace === 'CryptoLake').length, 27);
  });

  it('are those that the lake declares, with its severity, limits and times', () => {
    const described = alarms.map((alarm) => ({ ...alarm, said: String(alarm['alarm_description']) }));
    for (const { id, severity, title } of declaredAlarms) {
      assert.ok(
        described.some(({ said }) => said.startsWith(`${severity}, ${id} (${title}): `)),
        id,
      );
    }
    const known = declaredAlarms.map(({ id, severity }) => `${severity}, ${id} (`);
    for (const { said } of described)
      assert.ok(
        known.some((start) => said.startsWith(start)),
        said,
      );
    const limitOf = (id: string) => {
      const alarm = resourceOf(lake, 'aws_cloudwatch_metric_alarm', `alarms_${id}_`);
      return [alarm['threshold'], (Number(alarm['evaluation_periods']) * Number(alarm['period'])) / 60];
    };
    assert.deepEqual(limitOf('quotes-iceberg-freshness'), [300, 10]);
    assert.deepEqual(limitOf('stream-disk-1'), [85, 5]);
    assert.deepEqual(limitOf('upkeep-age'), [8 * 86_400, 15]);
    assert.deepEqual(limitOf('icons-age'), [2 * 86_400, 15]);
    assert.deepEqual(limitOf('lake-layers-lag'), [1000, 10]);
    assert.deepEqual(limitOf('expire-lake-errors'), [0, 5]);
  });

  it('look at metrics that somebody publishes, with the same dimensions', () => {
    const now = new Date('2025-07-08T05:43:00Z');
    const at = new Date(now.getTime() - 60_000).toISOString();
    const progress = { lag: 1, badRecords: 1, freshness: { producedAt: at, visibleAt: at, seconds: 1 } } as never;
    const run = { endedAt: at, tables: [] };
    // By the very code of the function that reports.
    const ours = [
      ...sampleDeployment().jobs.flatMap(({ id }) =>
        jobMetrics(prefix, readHealth(id, progress, { now, fedSince: at }), now),
      ),
      ...maintenanceMetrics(prefix, readMaintenanceHealth({ run, loadedAt: at, madeAt: at }, now), now),
      ...partMetrics(prefix, { clusters: 1, searchFailures: 0 }, now),
      ...listProducerTasks().flatMap(({ name: id }) => producerMetrics(prefix, { id, running: 1 }, now)),
      ...agentMetrics(),
    ].map(({ MetricName, Dimensions = [] }) => {
      const dimensions = Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]);
      return JSON.stringify(['CryptoLake', MetricName, dimensions.sort()]);
    });
    for (const { namespace, metric_name: metric, dimensions } of [...measures, ...measuresOf(inContainers)]) {
      const entries = Object.entries(dimensions as Record<string, string>).sort();
      if (namespace === 'CryptoLake')
        assert.ok(ours.includes(JSON.stringify([namespace, metric, entries])), String(metric));
      else
        assert.ok(
          published(
            String(namespace),
            String(metric),
            entries.map(([name]) => name),
          ),
          String(metric),
        );
    }
  });

  it('watch each producer, on a host and in a container: one that does not start, and one that does not stay up', () => {
    for (const [stack, metric] of [
      [lake, 'procstat_lookup_pid_count'],
      [inContainers, 'RunningTasks'],
    ] as const) {
      for (const { name } of listProducerTasks()) {
        const alarm = resourceOf(stack, 'aws_cloudwatch_metric_alarm', `alarms_${name}-absent_`);
        assert.match(String(alarm['alarm_description']), new RegExp(`^critical, part-down .*: ${name} does not start`));
        assert.deepEqual([alarm['metric_name'], alarm['statistic']], [metric, 'Minimum']);
        assert.deepEqual(alarm['dimensions'], { Lake: prefix, Producer: name });
        assert.deepEqual([alarm['comparison_operator'], alarm['threshold']], ['LessThanThreshold', 1]);
        // Five minutes with a moment of none, within fifteen.
        assert.deepEqual([alarm['datapoints_to_alarm'], alarm['evaluation_periods'], alarm['period']], [5, 15, 60]);
        // One that was stopped on purpose is not measured.
        assert.equal(alarm['treat_missing_data'], 'notBreaching');
      }
    }
  });

  it('watch credits only of types that have them', () => {
    const credits = (aws: Partial<Deployment['aws']>) =>
      Object.values(resourcesOf(synthesiseLake({ aws }), 'aws_cloudwatch_metric_alarm')).filter(
        ({ metric_name: metric }) => metric === 'CPUCreditBalance',
      ).length;
    assert.equal(credits({}), 4);
    const { brokers, host } = sampleDeployment().aws;
    const strong = { brokers: { ...brokers, type: 'kafka.m7g.large' }, host: { ...host, type: 'm7g.medium' } };
    assert.equal(credits(strong), 0);
  });

  it('watch the index where it can be asked from a function', () => {
    const own = synthesiseLake({ search: { kind: 'existing', url: 'https://search.example.com' } });
    const names = Object.keys(resourcesOf(own, 'aws_cloudwatch_metric_alarm'));
    assert.ok(names.length > 30 && !names.some((name) => name.includes('search-failures')));
  });

  it('clear again after a bad record: the jobs count them since their start', () => {
    const queries = alarms.flatMap(({ metric_query: query, ...alarm }) =>
      query === undefined ? [] : [{ query, alarm }],
    );
    assert.equal(queries.length, 8);
    for (const { query, alarm } of queries) {
      assert.match(JSON.stringify(query), /"metric_name":"(BadRecords|LostRecords)".*"expression":"DIFF\(total\)"/);
      assert.deepEqual([alarm['datapoints_to_alarm'], alarm['threshold']], [1, 0]);
    }
  });

  it('tell people, by e-mail where one is given', () => {
    for (const alarm of alarms) assert.match(JSON.stringify(alarm['alarm_actions']), /aws_sns_topic\.alerts_topic_/);
    assert.equal(resourceOf(lake, 'aws_sns_topic_subscription')['endpoint'], 'lake@example.com');
    assert.deepEqual(resourcesOf(synthesiseLake({ aws: { email: undefined } }), 'aws_sns_topic_subscription'), {});
  });

  it('have the same dimensions in the dashboard', () => {
    const body = JSON.parse(String(resourceOf(lake, 'aws_cloudwatch_dashboard')['dashboard_body'])) as {
      widgets: { properties: { markdown?: string; metrics?: string[][] } }[];
    };
    const drawn = body.widgets.flatMap(({ properties: { metrics = [] } }) => metrics.map((metric) => metric.join(' ')));
    assert.ok(drawn.includes(`CryptoLake Freshness Lake ${prefix} Job quotes-iceberg`));
    assert.ok(drawn.includes(`AWS/Kafka KafkaDataLogsDiskUsed Cluster Name ${prefix}-stream Broker ID 1`));
    const questions = body.widgets.flatMap(({ properties: { markdown } }) => markdown?.split('\n')[0] ?? []);
    assert.deepEqual(questions, [
      '## Is it fresh?',
      '## Is it complete?',
      '## What does it cost?',
      '## Do the machines suffice?',
    ]);
    assert.match(JSON.stringify(body), /ends at 2030-01-01T08:00:00Z/);
  });
});

interface AgentConfiguration {
  metrics: {
    namespace: string;
    aggregation_dimensions: string[][];
    metrics_collected: Record<string, Collected | Collected[]>;
  };
}

interface Collected {
  measurement: string[];
  append_dimensions: Record<string, string>;
}

/** What the agent on the producer host publishes: a plugin and a measurement of it, added up by some dimensions. */
function agentMetrics() {
  const text = readFileSync('ansible/roles/log_shipping/templates/agent.json.j2', 'utf8')
    .replace(/\{% for .*%\}\n([^%]*)\{% endfor %\}\n/g, (_, item: string) => {
      const items = listProducerTasks().map(({ name }) => item.replaceAll('{{ unit }}', name));
      const separated = (text: string, separator: string) => text.replace(/\{\{ '' if .*? \}\}/, separator);
      return items.map((text, at) => separated(text, at < items.length - 1 ? ',' : '')).join('');
    })
    .replace(/\{%.*%\}\n/g, '')
    .replaceAll('{{ lake_prefix }}', prefix);
  const { metrics } = JSON.parse(text) as AgentConfiguration;
  assert.equal(metrics.namespace, 'CryptoLake');
  return Object.entries(metrics.metrics_collected).flatMap(([plugin, collected]) =>
    [collected].flat().flatMap(({ measurement, append_dimensions: given }) =>
      measurement.flatMap((measured) =>
        metrics.aggregation_dimensions
          // An aggregation by what a metric does not have is passed over.
          .filter((names) => names.every((name) => name in given))
          .map((names) => ({
            // The name on Linux of what is configured as "pid_count" ("Collect process metrics with the procstat plugin").
            MetricName: `${plugin}_${measured}`.replace('procstat_pid_count', 'procstat_lookup_pid_count'),
            Dimensions: names.map((Name) => ({ Name, Value: given[Name] })),
          })),
      ),
    ),
  );
}

/** What AWS says that it publishes by itself, and by which dimensions. */
function published(namespace: string, metric: string, dimensions: string[]): boolean {
  const documented: Record<string, [metrics: string[], dimensions: string[][]]> = {
    // https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html, level DEFAULT
    'AWS/Kafka': [
      [
        ...['KafkaDataLogsDiskUsed', 'OfflinePartitionsCount', 'ActiveControllerCount', 'UnderMinIsrPartitionCount'],
        ...['HeapMemoryAfterGC', 'CPUCreditBalance'],
      ],
      [['Cluster Name'], ['Broker ID', 'Cluster Name']],
    ],
    // https://docs.aws.amazon.com/emr/latest/ManagementGuide/UsingEMR_ViewingMetrics.html
    'AWS/ElasticMapReduce': [
      ['AppsRunning', 'MRUnhealthyNodes', 'HDFSUtilization', 'ContainerPending'],
      [['JobFlowId']],
    ],
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
    'AWS/EC2': [['StatusCheckFailed', 'CPUCreditBalance'], [['InstanceId']]],
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
    'AWS/ECS': [['MemoryUtilization'], [['ClusterName', 'ServiceName']]],
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    'AWS/Lambda': [['Errors', 'Invocations', 'Throttles'], [['FunctionName']]],
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    'AWS/SQS': [['ApproximateNumberOfMessagesVisible'], [['QueueName']]],
  };
  const [metrics = [], sets = []] = documented[namespace] ?? [];
  return metrics.includes(metric) && sets.some((set) => set.join() === dimensions.join());
}

describe('guards', () => {
  it('the budget tells the topic, and stands only where a limit is given', () => {
    const budget = resourceOf(lake, 'aws_budgets_budget');
    assert.equal(budget['limit_amount'], '100.00');
    assert.deepEqual(budget['cost_filter'], [{ name: 'TagKeyValue', values: [`user:lake$${prefix}`] }]);
    assert.equal((budget['notification'] as unknown[]).length, 2);
    assert.deepEqual(resourcesOf(synthesiseLake({ aws: { monthlyBudget: 0 } }), 'aws_budgets_budget'), {});
  });

  it('Macie’s session is made, adopted or left alone', () => {
    const made = (macieSession: 'create' | 'adopt' | 'off') => {
      const stack = synthesiseLake({ macieSession });
      return ['aws_macie2_account', 'aws_macie2_classification_job'].map(
        (type) => Object.keys(resourcesOf(stack, type)).length,
      );
    };
    assert.deepEqual(made('create'), [1, 1]);
    assert.deepEqual(made('adopt'), [0, 1]);
    assert.deepEqual(made('off'), [0, 0]);
  });

  it('analysts ask, operators also run, auditors see no rows', () => {
    const policy = (name: string) => String(resourceOf(lake, 'aws_iam_policy', `access_${name}-policy_`)['policy']);
    assert.match(policy('analysts'), /athena:StartQueryExecution/);
    assert.ok(!policy('analysts').includes('elasticmapreduce:'));
    assert.match(policy('operators'), /elasticmapreduce:AddJobFlowSteps/);
    assert.ok(!policy('auditors').includes('s3:GetObject'));
    assert.ok(!policy('auditors').includes('athena:StartQueryExecution'));
  });
});

describe('search', () => {
  it('is one small deployment in Elastic Cloud, by a pinned provider and a key that is not written down', () => {
    const { search } = synthesiseStacks();
    assert.ok(search !== undefined);
    assert.equal(search.terraform.required_providers['ec']?.['source'], 'elastic/ec');
    assert.match(String(search.terraform.required_providers['ec']?.['version']), /^\d+\.\d+\.\d+$/);
    assert.deepEqual(search.provider['ec'], [{}]);
    const { name, region, version, elasticsearch } = resourceOf(search, 'ec_deployment');
    assert.deepEqual({ name, region, version }, { name: `${prefix}-search`, region: 'us-east-1', version: '8.19.0' });
    assert.deepEqual(elasticsearch, { hot: { size: '1g', zone_count: 1, autoscaling: {} } });
    assert.deepEqual(Object.keys(search.output).sort(), ['deployment_id', 'kibana_url', 'url']);
  });

  it('is no stack where a cluster stands', () => {
    const stacks = synthesiseStacks({ search: { kind: 'existing', url: 'https://search.example.com' } });
    assert.deepEqual(Object.keys(stacks), ['lake']);
  });
});

describe('outputs', () => {
  it('are those of the contract', () => {
    assert.deepEqual(Object.keys(lake.output).sort(), [
      'alerts_topic_arn',
      'bootstrap_brokers',
      'cluster_id',
      'functions',
      'producer_host',
      'producer_instance_id',
      'stream_arn',
      'vpc_id',
      'workgroup',
    ]);
    assert.deepEqual(Object.keys(lake.output['functions']?.['value'] as object).sort(), [...functionNames].sort());
  });
});
