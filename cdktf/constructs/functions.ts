import { functionNames, scheduledRules, type FunctionName } from '../../src/lake/functions.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { maintenanceMain } from '../../src/aws/maintenance/spark-job.ts';
import { sweepActions } from '../../src/aws/services/sweep-actions.ts';
import { Construct } from '../imports.ts';
import {
  createTables,
  readObjects,
  readSecret,
  readSpec,
  readStatements,
  startStatements,
  writeObjects,
  writeTables,
} from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { Refusal } from '../refusal.ts';
import { allow, allowEverywhere, type Statement } from '../statement.ts';
import { Function, type FunctionRuntime } from './function.ts';

export interface FunctionsProps {
  names: ResourceNames;
  /** zip or jar by function */
  code: Deployment['functions'];
  databases: string[];
  coinapiUrl: string;
  /** the index is in Elastic Cloud: the end of the time to live ends it too, and it is watched */
  hasCloudSearch: boolean;
  /** the producers run in containers: the end of the time to live ends them, and they are watched */
  hasContainers: boolean;
  alertsArn: string;
  /** what does the maintenance */
  engine: Deployment['aws']['upkeep'];
  jars: Deployment['jars'];
}

interface FunctionPlan {
  description: string;
  /** seconds */
  timeout: number;
  runtime?: FunctionRuntime;
  environment?: Record<string, string>;
  statements: Statement[];
}

function clusterRights(names: ResourceNames, actions: string[]): Statement {
  return allow(actions, [names.arn('elasticmapreduce', 'cluster/*')], {
    StringEquals: { 'elasticmapreduce:ResourceTag/lake': names.prefix },
  });
}

const findCluster = allowEverywhere('a cluster is found by its name in the list of all', [
  'elasticmapreduce:ListClusters',
]);

function planOf({
  names,
  databases,
  coinapiUrl,
  alertsArn,
  hasCloudSearch,
  hasContainers,
  engine,
  jars,
}: FunctionsProps): Record<FunctionName, FunctionPlan> {
  const { artifacts } = names.buckets;
  const tables = [...readSpec(names), ...writeTables(names, databases)];
  const queries = readStatements(names);
  const alert = allow(['sns:Publish'], [alertsArn]);
  const tagged = { StringEquals: { 'aws:ResourceTag/lake': names.prefix } };
  const producers = names.named('producers');
  const ofContainers: Record<string, string> = hasContainers ? { PRODUCER_CLUSTER: producers } : {};
  const describeServices = allow(['ecs:DescribeServices'], [names.arn('ecs', `service/${producers}/*`)]);
  return {
    'create-tables': {
      description: 'Creates the tables and views of the lake, or adds their new columns',
      timeout: 600,
      // The Java that the jars are compiled for and tested with.
      runtime: { name: 'java17', handler: 'io.cryptodm.functions.CreateTables', memoryMb: 1769 },
      statements: [...tables, ...queries, createTables(names, databases)],
    },
    'update-assets-icons': {
      description: 'Loads the icons of the coins by one MERGE',
      timeout: 600,
      environment: { COINAPI_SECRET: names.secret('coinapi'), COINAPI_URL: coinapiUrl },
      // It writes when the icons were loaded last.
      statements: [
        ...tables,
        ...queries,
        readSecret(names, 'coinapi'),
        ...writeObjects(names, artifacts, ['assets/*']),
      ],
    },
    'optimize-tables': {
      description:
        'Starts the maintenance of the tables, by Athena or Spark, and continues when a part of it has ended',
      timeout: 120,
      environment:
        engine === 'emr'
          ? {
              MAINTENANCE: engine,
              CLUSTER_NAME: names.cluster,
              MAINTENANCE_JAR_SHA256: jars[maintenanceMain.jar]?.sha256 ?? '',
            }
          : { MAINTENANCE: engine, MAINTENANCE_JOB: names.maintenanceJob },
      // The lease that keeps two maintenances apart is beside the checkpoints.
      statements: [
        ...tables,
        ...startStatements(names),
        ...writeObjects(names, artifacts, ['optimize/*']),
        ...(engine === 'emr'
          ? [findCluster, clusterRights(names, ['elasticmapreduce:ListSteps', 'elasticmapreduce:AddJobFlowSteps'])]
          : [allow(['glue:StartJobRun', 'glue:GetJobRun'], [names.arn('glue', `job/${names.maintenanceJob}`)])]),
        alert,
      ],
    },
    'resubmit-step': {
      description: 'Submits a stream step again that has failed, a limited number of times',
      timeout: 60,
      environment: { CLUSTER_NAME: names.cluster },
      statements: [
        ...readSpec(names),
        findCluster,
        clusterRights(names, ['elasticmapreduce:ListSteps', 'elasticmapreduce:AddJobFlowSteps']),
        alert,
      ],
    },
    'expire-lake': {
      description: 'Ends what costs by the hour and keeps the data, at the end of the time to live',
      timeout: 600,
      environment: {
        CLUSTER_NAME: names.cluster,
        ...(hasCloudSearch ? { ELASTIC_CLOUD_SECRET: names.secret('elastic-cloud') } : {}),
        ...ofContainers,
      },
      statements: [
        ...(hasContainers ? [allow(['ecs:UpdateService'], [names.arn('ecs', `service/${producers}/*`)])] : []),
        ...readObjects(names, artifacts, ['intent.json']),
        allow(['s3:PutObject'], [names.bucketArn(artifacts, 'intent.json')]),
        findCluster,
        clusterRights(names, ['elasticmapreduce:TerminateJobFlows']),
        // Also what an end asks, to tell what still bills from what is only listed.
        allowEverywhere(
          'what exists is found by tag, and EC2 describes no single resource',
          // Definitions of containers stay listed, also where a host has taken their place.
          sweepActions.filter((action) => /^(ec2|tag):/.test(action) || action === 'ecs:DescribeTaskDefinition'),
        ),
        allow(['ecs:DescribeClusters'], [names.arn('ecs', `cluster/${producers}`)]),
        describeServices,
        allow(['ecs:DescribeTasks'], [names.arn('ecs', `task/${producers}/*`)]),
        allow(['ecr:DescribeRepositories'], [names.arn('ecr', `repository/${producers}`)]),
        allow(
          ['events:DisableRule'],
          scheduledRules.map((rule) => names.arn('events', `rule/${names.named(rule)}`)),
        ),
        ...(hasCloudSearch ? [readSecret(names, 'elastic-cloud')] : []),
        allow(['ec2:TerminateInstances'], [names.arn('ec2', 'instance/*')], tagged),
        allow(['ec2:DeleteNatGateway'], [names.arn('ec2', 'natgateway/*')], tagged),
        allow(['ec2:ReleaseAddress'], [names.arn('ec2', 'elastic-ip/*')], tagged),
        allowEverywhere('MSK lists all clusters', ['kafka:ListClustersV2']),
        allow(['kafka:DeleteCluster'], [names.arn('kafka', `cluster/${names.named('stream')}/*`)]),
        alert,
      ],
    },
    'report-health': {
      description: 'Turns the progress of jobs and maintenance into metrics',
      timeout: 55,
      environment: {
        CLUSTER_NAME: names.cluster,
        ...(hasCloudSearch ? { SEARCH_SECRET: names.secret('elasticsearch') } : {}),
        ...ofContainers,
      },
      statements: [
        ...readSpec(names),
        ...readObjects(names, artifacts, ['progress/*', 'optimize/*', 'assets/*', 'intent.json']),
        findCluster,
        ...(hasContainers ? [describeServices] : []),
        ...(hasCloudSearch ? [readSecret(names, 'elasticsearch')] : []),
        allowEverywhere('metrics are no resources; the namespace limits them', ['cloudwatch:PutMetricData'], {
          StringEquals: { 'cloudwatch:namespace': 'CryptoLake' },
        }),
      ],
    },
  };
}

/** The functions of the lake, by name. */
export class Functions extends Construct {
  readonly byName: Record<FunctionName, Function>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { names, code } = props;
    const common = {
      LAKE: names.prefix,
      SPEC_URI: `s3://${names.buckets.artifacts}/spec/lake.json`,
      ARTIFACTS_BUCKET: names.buckets.artifacts,
      WORKGROUP: names.workgroup,
      ALERTS_TOPIC_ARN: props.alertsArn,
    };
    const plans = planOf(props);
    const made = functionNames.map((name) => {
      const zip = code[name];
      if (zip === undefined) throw new Refusal(`the deployment names no code for the function ${name}`);
      const { environment = {}, ...plan } = plans[name];
      return [
        name,
        new Function(this, name, { names, name, code: zip, environment: { ...common, ...environment }, ...plan }),
      ] as const;
    });
    this.byName = Object.fromEntries(made) as Record<FunctionName, Function>;
  }
}
