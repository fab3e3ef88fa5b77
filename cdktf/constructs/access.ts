import { functionNames } from '../../src/lake/functions.ts';
import { Construct, IamGroup, IamGroupPolicyAttachment, IamPolicy } from '../imports.ts';
import { readCatalog, readObjects, readTables, runQueries } from '../grants.ts';
import type { Place } from '../place.ts';
import { allow, allowEverywhere, policy, type Statement } from '../statement.ts';

export interface AccessProps {
  place: Place;
  databases: string[];
}

const groupNames = ['operators', 'analysts', 'auditors'] as const;

function rightsOf({ place, databases }: AccessProps): Record<(typeof groupNames)[number], Statement[]> {
  const { artifacts, logs } = place.buckets;
  const clusterTag = { StringEquals: { 'elasticmapreduce:ResourceTag/lake': place.prefix } };
  const cluster = [place.arn('elasticmapreduce', 'cluster/*')];
  // Made by the command line before Terraform: what was deployed last, and the state that "status" reads sizes from.
  const state = place.stateBucket;
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
    allow(['kafka:DescribeClusterV2', 'kafka:ListNodes'], [place.arn('kafka', `cluster/${place.named('stream')}/*`)]),
    allow(
      ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:DescribeLogStreams'],
      [
        place.arn('logs', `log-group:/crypto-lake/${place.prefix}/*`),
        place.arn('logs', `log-group:/aws/lambda/${place.prefix}-*`),
      ],
    ),
  ];
  return {
    operators: [
      ...look,
      ...readTables(place, databases),
      ...runQueries(place),
      ...readObjects(place, artifacts, ['spec/*', 'progress/*', 'jars/*', 'optimize/*']),
      // The lease of the optimiser, which its Spark way takes, too.
      allow(['s3:PutObject', 's3:DeleteObject'], [place.bucketArn(artifacts, 'optimize/*')]),
      allow(
        ['s3:GetObject'],
        ['deployment.json', 'journal.json', '*.tfstate'].map((key) => place.bucketArn(state, key)),
      ),
      allow(['s3:ListBucket'], [place.bucketArn(state)]),
      ...readObjects(place, logs, ['*']),
      allow(['elasticmapreduce:AddJobFlowSteps', 'elasticmapreduce:CancelSteps'], cluster, clusterTag),
      allow(
        ['lambda:InvokeFunction', 'lambda:GetFunction'],
        functionNames.map((name) => place.arn('lambda', `function:${place.named(name)}`)),
      ),
    ],
    analysts: [...readTables(place, databases), ...runQueries(place)],
    auditors: [
      ...look,
      ...readCatalog(place, databases),
      allow(
        [
          's3:GetBucketPolicy',
          's3:GetBucketVersioning',
          's3:GetBucketPublicAccessBlock',
          's3:GetEncryptionConfiguration',
          's3:GetLifecycleConfiguration',
        ],
        Object.values(place.buckets).map((bucket) => place.bucketArn(bucket)),
      ),
      allow(
        ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListRolePolicies', 'iam:ListAttachedRolePolicies'],
        [place.iamArn(`role${place.iamPath}*`)],
      ),
      allowEverywhere('findings have no resource level', ['macie2:ListFindings', 'macie2:GetFindings']),
    ],
  };
}

/** Groups of people: who runs the lake, who asks it, who looks at how it is kept. Members are the account's own business. */
export class Access extends Construct {
  constructor(scope: Construct, id: string, props: AccessProps) {
    super(scope, id);
    const { place } = props;
    const rights = rightsOf(props);
    for (const name of groupNames) {
      const group = new IamGroup(this, name, { name: place.named(name), path: place.iamPath });
      const rightsPolicy = new IamPolicy(this, `${name}-policy`, {
        name: place.named(name),
        path: place.iamPath,
        policy: policy(rights[name]),
      });
      new IamGroupPolicyAttachment(this, `${name}-attachment`, { group: group.name, policyArn: rightsPolicy.arn });
    }
  }
}
