import { layers } from '../src/aws/names.ts';
import type { Place } from './place.ts';
import { allow, type Statement } from './statement.ts';

/** Secrets Manager puts six characters of its own behind a name. */
const secretSuffix = '-??????';

export function readSecret(place: Place, name: string): Statement {
  return allow(
    ['secretsmanager:GetSecretValue'],
    [place.arn('secretsmanager', `secret:${place.secret(name)}${secretSuffix}`)],
  );
}

/** @param keys patterns of object keys in the bucket */
export function readObjects(place: Place, bucket: string, keys: string[]): Statement[] {
  return [
    allow(
      ['s3:GetObject'],
      keys.map((key) => place.bucketArn(bucket, key)),
    ),
    allow(['s3:ListBucket', 's3:GetBucketLocation'], [place.bucketArn(bucket)]),
  ];
}

export function writeObjects(place: Place, bucket: string, keys: string[]): Statement[] {
  return [
    allow(
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      keys.map((key) => place.bucketArn(bucket, key)),
    ),
    allow(['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'], [place.bucketArn(bucket)]),
  ];
}

export function readSpec(place: Place): Statement[] {
  return readObjects(place, place.buckets.artifacts, ['spec/*']);
}

function catalogArns(place: Place, databases: string[]): string[] {
  return [
    place.arn('glue', 'catalog'),
    ...databases.flatMap((name) => [place.arn('glue', `database/${name}`), place.arn('glue', `table/${name}/*`)]),
  ];
}

/** Reading the catalog's entries; Athena also asks for the database `default`, whatever the statement names. */
export function readCatalog(place: Place, databases: string[]): Statement[] {
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
      [...catalogArns(place, databases), place.arn('glue', 'database/default')],
    ),
  ];
}

/** Table data of all layers and their entries in the catalog. */
export function readTables(place: Place, databases: string[]): Statement[] {
  return [
    ...layers.flatMap((layer) => readObjects(place, place.buckets[layer], ['*'])),
    ...readCatalog(place, databases),
  ];
}

/** As `readTables`, with new rows, new tables and new columns. */
export function writeTables(place: Place, databases: string[]): Statement[] {
  return [
    ...layers.flatMap((layer) => writeObjects(place, place.buckets[layer], ['*'])),
    ...readCatalog(place, databases),
    allow(['glue:CreateTable', 'glue:UpdateTable'], catalogArns(place, databases)),
  ];
}

/** Statements by Athena in the lake's workgroup; what they may touch is the caller's own right. */
export function runQueries(place: Place): Statement[] {
  return [
    allow(
      [
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
        'athena:GetQueryExecution',
        'athena:BatchGetQueryExecution',
        'athena:ListQueryExecutions',
        'athena:GetQueryResults',
        'athena:GetQueryResultsStream',
        'athena:GetQueryRuntimeStatistics',
        'athena:GetWorkGroup',
      ],
      [place.arn('athena', `workgroup/${place.workgroup}`)],
    ),
    allow(
      ['athena:GetDataCatalog', 'athena:GetDatabase', 'athena:GetTableMetadata', 'athena:ListTableMetadata'],
      [place.arn('athena', 'datacatalog/AwsDataCatalog')],
    ),
    ...writeObjects(place, place.buckets.artifacts, ['athena/*']),
  ];
}

// MSK's own part of these ARNs is not known before the cluster stands: a wildcard in its place lets roles be made beside it.
const streamArn = (place: Place, kind: 'cluster' | 'topic' | 'group', name?: string) =>
  place.arn('kafka', [kind, place.named('stream'), '*', ...(name === undefined ? [] : [name])].join('/'));

export interface StreamUse {
  reads?: string[];
  writes?: string[];
  /** creates and alters them to the declaration */
  declares?: string[];
  /** patterns of consumer groups */
  groups?: string[];
}

/** Use of topics by IAM (`kafka-cluster:*`); an idempotent producer needs the right on the cluster besides. */
export function useStream(
  place: Place,
  { reads = [], writes = [], declares = [], groups = [] }: StreamUse,
): Statement[] {
  const topics = (names: string[]) => names.map((name) => streamArn(place, 'topic', name));
  const statements: [boolean, Statement][] = [
    [
      true,
      allow(
        [
          'kafka-cluster:Connect',
          'kafka-cluster:DescribeCluster',
          ...(writes.length > 0 ? ['kafka-cluster:WriteDataIdempotently'] : []),
        ],
        [streamArn(place, 'cluster')],
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
    [
      groups.length > 0,
      allow(
        ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
        groups.map((name) => streamArn(place, 'group', name)),
      ),
    ],
  ];
  return statements.flatMap(([wanted, statement]) => (wanted ? [statement] : []));
}
