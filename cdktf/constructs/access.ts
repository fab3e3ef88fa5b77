import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { functionNames } from '../../src/lake/functions.ts';
import { Construct, IamGroup, IamGroupPolicyAttachment, IamPolicy } from '../imports.ts';
import { readCatalog, readObjects, readTables, runQueries } from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { allow, allowEverywhere, policy, type Statement } from '../statement.ts';

export interface AccessProps {
  names: ResourceNames;
  databases: string[];
  /** what does the maintenance */
  engine: Deployment['aws']['upkeep'];
  /** the producers run in containers */
  hasContainers: boolean;
}

const groupNames = ['operators', 'analysts', 'auditors'] as const;

function rightsOf({
  names,
  databases,
  engine,
  hasContainers,
}: AccessProps): Record<(typeof groupNames)[number], Statement[]> {
  const { artifacts, logs } = names.buckets;
  const clusterTag = { StringEquals: { 'elasticmapreduce:ResourceTag/lake': names.prefix } };
  const cluster = [names.arn('elasticmapreduce', 'cluster/*')];
  // The command line makes this bucket before Terraform runs: it holds the last deployment and the state, which "status" reads.
  const state = names.stateBucket;
  const look = [
    allowEverywhere('lists and metrics have no resource level', [
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'cloudwatch:ListMetrics',
      'ec2:DescribeInstances',
      'ec2:DescribeNatGateways',
      'elasticmapreduce:ListClusters',
      'kafka:ListClustersV2',
      'lambda:ListFunctions',
      'tag:GetResources',
    ]),
    allow(
      ['elasticmapreduce:DescribeCluster', 'elasticmapreduce:ListSteps', 'elasticmapreduce:DescribeStep'],
      cluster,
      clusterTag,
    ),
    ...(hasContainers
      ? [allow(['ecs:DescribeServices'], [names.arn('ecs', `service/${names.named('producers')}/*`)])]
      : []),
    allow(['kafka:DescribeClusterV2', 'kafka:ListNodes'], [names.arn('kafka', `cluster/${names.named('stream')}/*`)]),
    allow(
      ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:DescribeLogStreams'],
      [
        names.arn('logs', `log-group:/crypto-lake/${names.prefix}/*`),
        names.arn('logs', `log-group:/aws/lambda/${names.prefix}-*`),
      ],
    ),
  ];
  return {
    operators: [
      ...look,
      ...readTables(names, databases),
      ...runQueries(names),
      ...readObjects(names, artifacts, ['spec/*', 'progress/*', 'jars/*', 'optimize/*']),
      // How a job is asked to end.
      allow(['s3:PutObject'], [names.bucketArn(artifacts, 'progress/*.run')]),
      allow(
        ['s3:GetObject'],
        ['deployment.json', 'journal.json', '*.tfstate'].map((key) => names.bucketArn(state, key)),
      ),
      allow(['s3:ListBucket'], [names.bucketArn(state)]),
      ...readObjects(names, logs, ['*']),
      allow(['elasticmapreduce:AddJobFlowSteps', 'elasticmapreduce:CancelSteps'], cluster, clusterTag),
      // A maintenance by Spark is followed, and stopped by Ctrl-C.
      ...(engine === 'emr'
        ? []
        : [allow(['glue:GetJobRun', 'glue:BatchStopJobRun'], [names.arn('glue', `job/${names.maintenanceJob}`)])]),
      allow(
        ['lambda:InvokeFunction', 'lambda:GetFunction'],
        functionNames.map((name) => names.arn('lambda', `function:${names.named(name)}`)),
      ),
    ],
    analysts: [...readTables(names, databases), ...runQueries(names)],
    auditors: [
      ...look,
      ...readCatalog(names, databases),
      allow(
        [
          's3:GetBucketPolicy',
          's3:GetBucketVersioning',
          's3:GetBucketPublicAccessBlock',
          's3:GetEncryptionConfiguration',
          's3:GetLifecycleConfiguration',
        ],
        Object.values(names.buckets).map((bucket) => names.bucketArn(bucket)),
      ),
      allow(
        ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListRolePolicies', 'iam:ListAttachedRolePolicies'],
        [names.iamArn(`role${names.iamPath}*`)],
      ),
      allowEverywhere('findings have no resource level', ['macie2:ListFindings', 'macie2:GetFindings']),
    ],
  };
}

/** Groups of users: operators run the lake, analysts query it, auditors review it. The account assigns the members. */
export class Access extends Construct {
  constructor(scope: Construct, id: string, props: AccessProps) {
    super(scope, id);
    const { names } = props;
    const rights = rightsOf(props);
    for (const name of groupNames) {
      const group = new IamGroup(this, name, { name: names.named(name), path: names.iamPath });
      const rightsPolicy = new IamPolicy(this, `${name}-policy`, {
        name: names.named(name),
        path: names.iamPath,
        policy: policy(rights[name]),
      });
      new IamGroupPolicyAttachment(this, `${name}-attachment`, { group: group.name, policyArn: rightsPolicy.arn });
    }
  }
}
