import { partitionOf } from './partition.ts';

/** Where a right is asked about. */
export interface RightsPlace {
  prefix: string;
  region: string;
  accountId: string;
}

/** Rights of the user who runs `up` and `down`: docs/aws.md shows them, and `plan` asks IAM about some of each. */
export interface Rights {
  /** for people, as in a policy */
  allow: string;
  purpose: string;
  /** those that IAM is asked about; IAM takes no `*` here */
  asked: readonly string[];
  /** ARNs for the question; absent: `*` */
  on?: (place: RightsPlace) => string[];
}

const arn = ({ region, accountId }: RightsPlace, service: string, resource: string) =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
const globalArn = ({ region, accountId }: RightsPlace, service: string, resource: string) =>
  `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`;

export const rights: readonly Rights[] = [
  {
    allow: '`sts:GetCallerIdentity`, `tag:GetResources`',
    purpose: 'who we are; what carries the lake’s tags',
    asked: ['tag:GetResources'],
  },
  {
    allow: '`s3:*` on `PREFIX-*` buckets',
    purpose: 'buckets, their policies and objects, the state',
    asked: ['s3:CreateBucket', 's3:PutBucketPolicy', 's3:PutObject', 's3:DeleteBucket'],
    on: ({ prefix, region }) => [`arn:${partitionOf(region)}:s3:::${prefix}-artifacts`],
  },
  {
    allow: '`ec2:*` on VPC, subnets, routes, NAT, security groups, endpoints, one instance, one key pair',
    purpose: 'network and producer host',
    asked: [
      ...['ec2:CreateVpc', 'ec2:CreateSubnet', 'ec2:CreateNatGateway', 'ec2:AllocateAddress', 'ec2:RunInstances'],
      ...['ec2:CreateSecurityGroup', 'ec2:CreateVpcEndpoint', 'ec2:ImportKeyPair', 'ec2:CreateTags'],
    ],
  },
  {
    allow:
      '`ec2:DescribeInstances`, `ec2:DescribeInstanceTypes`, `ec2:DescribeInstanceTypeOfferings`, `ec2:DescribeAddresses`, `ec2:DescribeVpcs`, `ec2:DescribeAvailabilityZones`, `servicequotas:GetServiceQuota`, `servicequotas:GetAWSDefaultServiceQuota`, `lakeformation:GetDataLakeSettings`, `iam:SimulatePrincipalPolicy`, `iam:GetRole`',
    purpose: 'what `plan` checks before anything is made; a check without its right is named as not known',
    asked: [],
  },
  {
    allow: '`kafka:*`, `application-autoscaling:*`',
    purpose: 'the brokers and their storage',
    asked: ['kafka:CreateCluster', 'kafka:CreateConfiguration', 'application-autoscaling:RegisterScalableTarget'],
  },
  {
    allow: '`kms:DescribeKey`, `kms:CreateGrant`',
    purpose: 'the key with which MSK encrypts the disks of the brokers',
    asked: ['kms:DescribeKey', 'kms:CreateGrant'],
  },
  {
    allow: '`elasticmapreduce:*`',
    purpose: 'the cluster, its steps, its security configuration',
    asked: [
      'elasticmapreduce:RunJobFlow',
      'elasticmapreduce:AddJobFlowSteps',
      'elasticmapreduce:CreateSecurityConfiguration',
    ],
  },
  {
    allow: '`iam:*` under `/crypto-lake/PREFIX/`, `iam:PassRole` for these, `iam:CreateServiceLinkedRole`',
    purpose: 'roles, policies, groups',
    asked: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:PassRole'],
    on: (place) => [globalArn(place, 'iam', `role/crypto-lake/${place.prefix}/${place.prefix}-jobs-node`)],
  },
  {
    allow: '`lambda:*`, `events:*`, `scheduler:*`, `sns:*`, `sqs:*` on `PREFIX-*`',
    purpose: 'functions, schedules, alerts, dead letters',
    asked: ['lambda:CreateFunction', 'lambda:PutFunctionConcurrency'],
    on: (place) => [arn(place, 'lambda', `function:${place.prefix}-create-tables`)],
  },
  {
    allow: '`glue:*`, `athena:*`',
    purpose: 'databases, tables, crawler, workgroup',
    asked: ['glue:CreateDatabase', 'athena:CreateWorkGroup'],
  },
  {
    allow: '`logs:*`, `cloudwatch:*`, `budgets:*`, `macie2:*`',
    purpose: 'log groups, alarms, dashboard, budget, the job on personal data',
    asked: ['logs:CreateLogGroup', 'cloudwatch:PutMetricAlarm'],
  },
  {
    allow: '`secretsmanager:*` on `PREFIX/*`',
    purpose: 'keys',
    asked: ['secretsmanager:CreateSecret', 'secretsmanager:GetSecretValue'],
    on: (place) => [arn(place, 'secretsmanager', `secret:${place.prefix}/alpaca-000000`)],
  },
  {
    allow: '`ssm:StartSession` on the producer host and the document `AWS-StartSSHSession`, `ssm:TerminateSession`',
    purpose: 'the way to the host, only with `aws.host.connection: session-manager`',
    asked: [],
  },
  {
    allow: '`ssm:GetParameter` on AWS’s public parameters',
    purpose: 'the newest Amazon Linux',
    asked: ['ssm:GetParameter'],
    on: ({ region }) => [`arn:${partitionOf(region)}:ssm:${region}::parameter/aws/service/ami-amazon-linux-latest/x`],
  },
];
