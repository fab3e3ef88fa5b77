import { partitionOf } from './partition.ts';

/** Where a right is given, or asked about. */
export interface RightsPlace {
  prefix: string;
  region: string;
  accountId: string;
}

/** Rights of the user who runs `up` and `down`. docs/aws.md shows them, `plan` asks IAM about some of each, and the role of a pipeline has them. */
export interface Rights {
  /** as in a policy */
  actions: readonly string[];
  /** what they are limited to, for people, such as "on `PREFIX-*` buckets" */
  scope?: string;
  purpose: string;
  /** ARNs that they are limited to, as in a policy; absent: all that the service has */
  on?: (place: RightsPlace) => string[];
  /** of a service, or a part of one, that has no regions: a policy can't limit it to one */
  global?: true;
  /** those of them that only read, as far as `plan` needs them; a subset of `actions` */
  reads?: readonly string[];
  /** ARNs that reading is limited to, where that is less than `on` */
  readsOn?: (place: RightsPlace) => string[];
  /** those that IAM is asked about; IAM takes no `*` here */
  asked?: readonly string[];
  /** only a lake whose producers run there needs them */
  producers?: 'fargate';
  /** ARNs for the question; absent: `*` */
  askedOn?: (place: RightsPlace) => string[];
}

const arn = ({ region, accountId }: RightsPlace, service: string, resource: string) =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
const globalArn = ({ region, accountId }: RightsPlace, service: string, resource: string) =>
  `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`;
const bucketArn = ({ region }: RightsPlace, bucket: string) => `arn:${partitionOf(region)}:s3:::${bucket}`;

export const rights: readonly Rights[] = [
  {
    actions: ['sts:GetCallerIdentity'],
    purpose: 'who we are',
    global: true,
    reads: ['sts:GetCallerIdentity'],
  },
  {
    actions: ['tag:GetResources'],
    purpose: 'what carries the lake’s tags',
    reads: ['tag:GetResources'],
    asked: ['tag:GetResources'],
  },
  {
    actions: ['s3:*'],
    scope: 'on `PREFIX-*` buckets',
    purpose: 'buckets, their policies and objects, the state',
    on: (place) => [bucketArn(place, `${place.prefix}-*`), bucketArn(place, `${place.prefix}-*/*`)],
    reads: ['s3:ListBucket', 's3:GetBucket*', 's3:Get*Configuration'],
    readsOn: (place) => [bucketArn(place, `${place.prefix}-*`)],
    asked: ['s3:CreateBucket', 's3:PutBucketPolicy', 's3:PutObject', 's3:DeleteBucket'],
    askedOn: (place) => [bucketArn(place, `${place.prefix}-artifacts`)],
  },
  {
    actions: ['ec2:*'],
    scope: 'on VPC, subnets, routes, NAT, security groups, endpoints, one instance, one key pair',
    purpose: 'network and producer host; also the addresses, networks and zones that `plan` asks for',
    reads: ['ec2:Describe*'],
    asked: [
      ...['ec2:CreateVpc', 'ec2:CreateSubnet', 'ec2:CreateNatGateway', 'ec2:AllocateAddress', 'ec2:RunInstances'],
      ...['ec2:CreateSecurityGroup', 'ec2:CreateVpcEndpoint', 'ec2:ImportKeyPair', 'ec2:CreateTags'],
    ],
  },
  {
    actions: [
      ...['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota', 'lambda:GetAccountSettings'],
      ...['lakeformation:GetDataLakeSettings'],
    ],
    purpose: 'what `plan` checks before anything is made; a check without its right is named as not known',
    reads: [
      ...['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota', 'lambda:GetAccountSettings'],
      ...['lakeformation:GetDataLakeSettings'],
    ],
  },
  {
    // Not among the reads: the role that only plans would find out that it may make nothing.
    actions: ['iam:SimulatePrincipalPolicy', 'iam:GetRole', 'ce:ListCostAllocationTags'],
    purpose: 'the same: rights of the user, and whether the budget sees costs',
    global: true,
  },
  {
    actions: ['kafka:*', 'application-autoscaling:*'],
    purpose: 'the brokers and their storage',
    reads: [
      ...['kafka:Describe*', 'kafka:Get*', 'kafka:List*'],
      ...['application-autoscaling:Describe*', 'application-autoscaling:ListTagsForResource'],
    ],
    asked: ['kafka:CreateCluster', 'kafka:CreateConfiguration', 'application-autoscaling:RegisterScalableTarget'],
  },
  {
    actions: ['kms:DescribeKey', 'kms:CreateGrant'],
    purpose: 'the key with which MSK encrypts the disks of the brokers',
    reads: ['kms:DescribeKey'],
    asked: ['kms:DescribeKey', 'kms:CreateGrant'],
  },
  {
    actions: ['elasticmapreduce:*'],
    purpose: 'the cluster, its steps, its security configuration',
    reads: ['elasticmapreduce:Describe*', 'elasticmapreduce:Get*', 'elasticmapreduce:List*'],
    asked: [
      'elasticmapreduce:RunJobFlow',
      'elasticmapreduce:AddJobFlowSteps',
      'elasticmapreduce:CreateSecurityConfiguration',
    ],
  },
  {
    actions: ['ecs:*', 'ecr:*'],
    purpose: 'producers in containers and their image, only with `aws.producers: fargate`',
    producers: 'fargate',
    reads: [
      ...['ecs:Describe*', 'ecs:List*', 'ecr:Describe*', 'ecr:GetLifecyclePolicy', 'ecr:GetRepositoryPolicy'],
      'ecr:ListTagsForResource',
    ],
    asked: [
      'ecs:CreateCluster',
      'ecs:CreateService',
      'ecs:RegisterTaskDefinition',
      'ecs:RunTask',
      'ecr:CreateRepository',
    ],
  },
  {
    actions: ['iam:*'],
    scope: 'under `/crypto-lake/PREFIX/`',
    purpose: 'roles, policies, groups; to pass these roles to the services',
    on: (place) =>
      ['role', 'policy', 'group', 'instance-profile'].map((kind) =>
        globalArn(place, 'iam', `${kind}/crypto-lake/${place.prefix}/*`),
      ),
    reads: ['iam:Get*', 'iam:List*'],
    asked: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:PassRole'],
    askedOn: (place) => [globalArn(place, 'iam', `role/crypto-lake/${place.prefix}/${place.prefix}-jobs-node`)],
  },
  {
    actions: ['iam:CreateServiceLinkedRole'],
    purpose: 'the roles that MSK, EMR, ECS, Macie and automatic scaling make for themselves',
    on: (place) => [globalArn(place, 'iam', 'role/aws-service-role/*')],
  },
  {
    actions: ['lambda:*', 'events:*', 'scheduler:*', 'sns:*', 'sqs:*'],
    scope: 'on `PREFIX-*`',
    purpose: 'functions, schedules, alerts, dead letters',
    on: (place) => [
      arn(place, 'lambda', `function:${place.prefix}-*`),
      arn(place, 'events', `rule/${place.prefix}-*`),
      arn(place, 'scheduler', `schedule/*/${place.prefix}-*`),
      arn(place, 'sns', `${place.prefix}-*`),
      arn(place, 'sqs', `${place.prefix}-*`),
    ],
    reads: ['lambda:Get*', 'events:Describe*', 'scheduler:Get*', 'sns:Get*', 'sqs:Get*'].concat(
      ['lambda', 'events', 'scheduler', 'sns', 'sqs'].map((service) => `${service}:List*`),
    ),
    asked: ['lambda:CreateFunction', 'lambda:PutFunctionConcurrency'],
    askedOn: (place) => [arn(place, 'lambda', `function:${place.prefix}-create-tables`)],
  },
  {
    actions: ['lambda:ListFunctions', 'secretsmanager:ListSecrets'],
    purpose: 'what can be listed only for a whole account',
    reads: ['lambda:ListFunctions', 'secretsmanager:ListSecrets'],
  },
  {
    actions: ['glue:*', 'athena:*'],
    purpose: 'databases, tables, crawler, the job of the maintenance, workgroup',
    reads: [
      ...[
        'glue:GetDatabase',
        'glue:GetDatabases',
        'glue:GetTable',
        'glue:GetTables',
        'glue:GetCrawler',
        'glue:GetJob',
        'glue:GetTags',
      ],
      ...['glue:GetSecurityConfiguration', 'athena:GetWorkGroup', 'athena:ListTagsForResource'],
    ],
    asked: ['glue:CreateDatabase', 'glue:CreateJob', 'athena:CreateWorkGroup'],
  },
  {
    actions: ['logs:*', 'cloudwatch:*', 'macie2:*'],
    purpose: 'log groups, alarms, dashboard, the job on personal data',
    reads: [
      ...['logs:Describe*', 'logs:List*', 'cloudwatch:Describe*', 'cloudwatch:GetDashboard', 'cloudwatch:List*'],
      ...['macie2:Describe*', 'macie2:Get*', 'macie2:List*'],
    ],
    asked: ['logs:CreateLogGroup', 'cloudwatch:PutMetricAlarm'],
  },
  {
    actions: ['budgets:*'],
    purpose: 'the budget',
    global: true,
    reads: ['budgets:ViewBudget', 'budgets:ListTagsForResource'],
  },
  {
    actions: ['secretsmanager:*'],
    scope: 'on `PREFIX/*`',
    purpose: 'keys',
    on: (place) => [arn(place, 'secretsmanager', `secret:${place.prefix}/*`)],
    reads: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    readsOn: (place) =>
      ['elastic-cloud', 'elasticsearch', 'machine-keys'].map((name) =>
        arn(place, 'secretsmanager', `secret:${place.prefix}/${name}-*`),
      ),
    asked: ['secretsmanager:CreateSecret', 'secretsmanager:GetSecretValue'],
    askedOn: (place) => [arn(place, 'secretsmanager', `secret:${place.prefix}/alpaca-000000`)],
  },
  {
    actions: ['ssm:StartSession', 'ssm:TerminateSession'],
    scope: 'on the producer host and the document `AWS-StartSSHSession`',
    purpose: 'the way to the host, only with `aws.host.connection: session-manager`',
    on: (place) => [
      arn(place, 'ec2', 'instance/*'),
      arn(place, 'ssm', 'session/*'),
      `arn:${partitionOf(place.region)}:ssm:${place.region}::document/AWS-StartSSHSession`,
    ],
  },
  {
    actions: ['ssm:GetParameter'],
    scope: 'on AWS’s public parameters',
    purpose: 'the newest Amazon Linux',
    on: ({ region }) => [`arn:${partitionOf(region)}:ssm:${region}::parameter/aws/service/*`],
    reads: ['ssm:GetParameter'],
    asked: ['ssm:GetParameter'],
    askedOn: ({ region }) => [
      `arn:${partitionOf(region)}:ssm:${region}::parameter/aws/service/ami-amazon-linux-latest/x`,
    ],
  },
];

/** A right in a table for people. */
export function rightsText({ actions, scope }: Rights): string {
  const listed = actions.map((action) => `\`${action}\``).join(', ');
  return scope === undefined ? listed : `${listed} ${scope}`;
}
