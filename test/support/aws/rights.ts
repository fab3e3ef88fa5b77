import type { PolicyStatement } from '../../synth/stack.ts';

/** Rights that no test can use, with the reason why a role has them all the same. */
export interface KeptRight {
  /** of the role, without prefix; absent: of every role that has it */
  role?: string;
  actions: string[];
  why: string;
}

/** The list stays short: what nobody uses and what is not named here has no place in a policy. */
export const keptRights: readonly KeptRight[] = [
  {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'],
    why: 'Lambda itself writes the log of a function and its dead letters, with the rights of the role',
  },
  {
    actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:ListBucketMultipartUploads'],
    why: 'files of more than 16 MB are written in parts; those of a test are smaller',
  },
  {
    actions: ['s3:GetBucketLocation'],
    why: 'Athena asks for it in the name of its caller, and S3A where no region is set',
  },
  {
    actions: ['s3:ListBucket'],
    why: 'without it S3 says of an object that is not there that it is forbidden',
  },
  ...['create-tables', 'optimize-tables', 'update-assets-icons'].map((role) => ({
    role,
    actions: [
      ...['glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables'],
      ...['glue:GetPartition', 'glue:GetPartitions', 'glue:UpdateTable'],
      ...['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 'athena:GetDataCatalog'],
    ],
    why: 'Athena reads and writes tables in the name of its caller; the one of the tests does it with keys of its own',
  })),
  {
    role: 'optimize-tables',
    actions: ['glue:GetJobRun', 'glue:StartJobRun'],
    why: 'only a maintenance by Spark uses them: test/long/account-parts/glue.test.ts',
  },
  {
    role: 'jobs-node',
    actions: ['kafka-cluster:WriteData', 'kafka-cluster:WriteDataIdempotently'],
    why: 'records that can’t be read go to a topic of their own; the producers of the test send none',
  },
  {
    role: 'jobs-service',
    actions: ['iam:PassRole'],
    why: 'EMR itself gives the role of the nodes to EC2',
  },
  {
    role: 'expire-lake',
    actions: [
      ...['ecs:DescribeClusters', 'ecs:DescribeServices', 'ecs:DescribeTaskDefinition', 'ecs:DescribeTasks'],
      'ecr:DescribeRepositories',
    ],
    why: 'what is listed by its tags is asked for; only a lake that has, or had, its producers in containers has such things',
  },
  {
    role: 'expiry',
    actions: ['lambda:InvokeFunction'],
    why: 'the schedule fires at the end of the time to live, hours after the test',
  },
  {
    role: 'producers',
    actions: ['logs:DescribeLogStreams'],
    why: 'the policy that AWS gives for its agent has it (CloudWatchAgentServerPolicy); the host of the test has no agent',
  },
  {
    role: 'producers',
    actions: ['secretsmanager:GetSecretValue'],
    why: 'the keys of Alpaca; the source of the test is the simulated one',
  },
  {
    role: 'expire-lake',
    actions: [
      ...['ec2:DescribeInternetGateways', 'ec2:DescribeKeyPairs', 'ec2:DescribeRouteTables', 'ec2:DescribeSubnets'],
      ...[
        'ec2:DescribeSecurityGroupRules',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
      ],
    ],
    why: 'the list of what is kept asks for each kind that the lake has; the lake of the test has no network of its own',
  },
  {
    role: 'report-health',
    actions: ['secretsmanager:GetSecretValue'],
    why: 'a search in Elastic Cloud is asked for its health; the lake of the test has none',
  },
];

/**
 * Actions that statements grant, no call has used and no reason keeps.
 * @param used by action: what the account reports of the role
 */
export function unusedRights(
  role: string,
  statements: readonly PolicyStatement[],
  used: Readonly<Record<string, unknown>>,
  kept: readonly KeptRight[] = keptRights,
): string[] {
  const reasons = new Set(
    kept.filter((one) => one.role === undefined || one.role === role).flatMap(({ actions }) => actions),
  );
  const granted = new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action));
  return [...granted].filter((action) => !(action in used) && !reasons.has(action)).sort();
}
