import type { Deployment } from '../src/aws/deployment/deployment.ts';
import { layers } from '../src/lake/databases.ts';
import type { ResourceNames } from './names.ts';
import { allow, type Statement } from './statement.ts';

/** Secrets Manager appends six characters to a name in an ARN. */
const secretSuffix = '-??????';

export function readSecret(names: ResourceNames, name: string): Statement {
  return allow(
    ['secretsmanager:GetSecretValue'],
    [names.arn('secretsmanager', `secret:${names.secret(name)}${secretSuffix}`)],
  );
}

/** @param keys patterns of object keys in the bucket */
export function readObjects(names: ResourceNames, bucket: string, keys: string[]): Statement[] {
  return [
    allow(
      ['s3:GetObject'],
      keys.map((key) => names.bucketArn(bucket, key)),
    ),
    allow(['s3:ListBucket', 's3:GetBucketLocation'], [names.bucketArn(bucket)]),
  ];
}

export function writeObjects(names: ResourceNames, bucket: string, keys: string[]): Statement[] {
  return [
    allow(
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      keys.map((key) => names.bucketArn(bucket, key)),
    ),
    allow(['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'], [names.bucketArn(bucket)]),
  ];
}

export function readSpec(names: ResourceNames): Statement[] {
  return readObjects(names, names.buckets.artifacts, ['spec/*']);
}

function catalogArns(names: ResourceNames, databases: string[]): string[] {
  return [
    names.arn('glue', 'catalog'),
    ...databases.flatMap((name) => [names.arn('glue', `database/${name}`), names.arn('glue', `table/${name}/*`)]),
  ];
}

/** Reading the catalog's entries; Athena also reads the database `default`, whatever the statement names. */
export function readCatalog(names: ResourceNames, databases: string[]): Statement[] {
  return [
    allow(
      [
        'glue:GetDatabase',
        'glue:GetDatabases',
        'glue:GetTable',
        'glue:GetTables',
        'glue:GetPartition',
        'glue:GetPartitions',
      ],
      [...catalogArns(names, databases), names.arn('glue', 'database/default')],
    ),
  ];
}

/** Reading the tables of all layers and their entries in the catalog. */
export function readTables(names: ResourceNames, databases: string[]): Statement[] {
  return [
    ...layers.flatMap((layer) => readObjects(names, names.buckets[layer], ['*'])),
    ...readCatalog(names, databases),
  ];
}

/** New rows by Iceberg's own library: it reads the entry of a table, and a commit updates it. */
export function commitTables(names: ResourceNames, databases: string[]): Statement[] {
  return [
    ...layers.flatMap((layer) => writeObjects(names, names.buckets[layer], ['*'])),
    allow(['glue:GetTable', 'glue:UpdateTable'], catalogArns(names, databases)),
  ];
}

/** As `commitTables`, also by statements of Athena, which reads more of the catalog. */
export function writeTables(names: ResourceNames, databases: string[]): Statement[] {
  return [...commitTables(names, databases), ...readCatalog(names, databases)];
}

/** New tables and views, beside `writeTables`. */
export function createTables(names: ResourceNames, databases: string[]): Statement {
  return allow(['glue:CreateTable'], catalogArns(names, databases));
}

/** Starting statements in the lake's Athena workgroup, and their end; what they may read or write is granted separately. */
export function startStatements(names: ResourceNames): Statement[] {
  return [
    allow(
      ['athena:StartQueryExecution', 'athena:GetQueryExecution'],
      [names.arn('athena', `workgroup/${names.workgroup}`)],
    ),
    allow(['athena:GetDataCatalog'], [names.arn('athena', 'datacatalog/AwsDataCatalog')]),
    ...writeObjects(names, names.buckets.artifacts, ['athena/*']),
  ];
}

/** As `startStatements`, with the rows of an answer. */
export function readStatements(names: ResourceNames): Statement[] {
  const workgroup = names.arn('athena', `workgroup/${names.workgroup}`);
  return [...startStatements(names), allow(['athena:GetQueryResults'], [workgroup])];
}

/** As `readStatements`, with all that people and the drivers of their tools ask. */
export function runQueries(names: ResourceNames): Statement[] {
  return [
    ...readStatements(names),
    allow(
      [
        'athena:StopQueryExecution',
        'athena:BatchGetQueryExecution',
        'athena:ListQueryExecutions',
        'athena:GetQueryResultsStream',
        'athena:GetQueryRuntimeStatistics',
        'athena:GetWorkGroup',
      ],
      [names.arn('athena', `workgroup/${names.workgroup}`)],
    ),
    allow(
      ['athena:GetDatabase', 'athena:GetTableMetadata', 'athena:ListTableMetadata'],
      [names.arn('athena', 'datacatalog/AwsDataCatalog')],
    ),
  ];
}

// MSK's part of these ARNs is not known before the cluster exists: with a wildcard the roles can be made at the same time.
const streamArn = (names: ResourceNames, kind: 'cluster' | 'topic', name?: string) =>
  names.arn('kafka', [kind, names.named('stream'), '*', ...(name === undefined ? [] : [name])].join('/'));

export interface StreamUse {
  reads?: string[];
  writes?: string[];
  /** removes their oldest records */
  trims?: string[];
  /** creates them and alters them to match the declaration */
  declares?: string[];
}

/** Use of topics by IAM (`kafka-cluster:*`); an idempotent producer also needs a right on the cluster. */
export function useStream(
  names: ResourceNames,
  { reads = [], writes = [], trims = [], declares = [] }: StreamUse,
): Statement[] {
  const topics = (list: string[]) => list.map((topic) => streamArn(names, 'topic', topic));
  const statements: [boolean, Statement][] = [
    [
      true,
      allow(
        [
          'kafka-cluster:Connect',
          'kafka-cluster:DescribeCluster',
          ...(writes.length > 0 ? ['kafka-cluster:WriteDataIdempotently'] : []),
        ],
        [streamArn(names, 'cluster')],
      ),
    ],
    [
      reads.length > 0,
      allow(
        ['kafka-cluster:DescribeTopic', 'kafka-cluster:DescribeTopicDynamicConfiguration', 'kafka-cluster:ReadData'],
        topics(reads),
      ),
    ],
    [writes.length > 0, allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topics(writes))],
    // MSK has no narrower right for it.
    [trims.length > 0, allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:DeleteTopic'], topics(trims))],
    [
      declares.length > 0,
      allow(
        [
          'kafka-cluster:CreateTopic',
          'kafka-cluster:DescribeTopic',
          'kafka-cluster:AlterTopic',
          'kafka-cluster:DescribeTopicDynamicConfiguration',
          'kafka-cluster:AlterTopicDynamicConfiguration',
        ],
        topics(declares),
      ),
    ],
  ];
  return statements.flatMap(([wanted, statement]) => (wanted ? [statement] : []));
}

/** What the producers and the tool that declares the topics do, wherever they run. */
export function runProducers(names: ResourceNames, topics: Deployment['topics']): Statement[] {
  const topic = (wanted: string) => topics.filter((one) => one.id === wanted).map((one) => one.name);
  return [
    ...useStream(names, {
      // The producer of quotes reads what it sent last, to avoid sending it again, and which trades of exchanges it has.
      reads: [...topic('quotes'), ...topic('market')],
      writes: [...topic('quotes'), ...topic('trades'), ...topic('market')],
      declares: topics.map((one) => one.name),
    }),
    readSecret(names, 'alpaca'),
  ];
}
