import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type BucketLocationConstraint,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Fault } from '../../errors.ts';
import { partitionOf } from '../partition.ts';
import { isEmpty, readTags } from './buckets.ts';
import { useS3 } from './objects.ts';
import { awsErrorName, callAws, type AwsConnection } from './connection.ts';

/** The bucket with Terraform's state and the journal, so that any machine can continue with the lake. */
export interface StateBucket {
  name: string;
  /** tags of the lake, which identify its bucket */
  tags: Record<string, string>;
}

const taken = new Set(['BucketAlreadyExists', 'Forbidden', 'AccessDenied', '403', 'PermanentRedirect', '301']);

/**
 * Whether the bucket exists and belongs to this lake.
 * @throws Fault of kind `outside` when it belongs to another account or lake
 */
export async function hasStateBucket(connection: AwsConnection, bucket: StateBucket): Promise<boolean> {
  return useS3(connection, async (s3) => {
    try {
      await s3.send(new HeadBucketCommand({ Bucket: bucket.name }));
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 404) return false;
      if (status === 403 || status === 301 || taken.has(awsErrorName(error))) throw isTaken(bucket.name, error);
      return callAws('s3:ListBucket', () => Promise.reject(error as Error));
    }
    await requireOwn(s3, bucket);
    return true;
  });
}

/** The lake's own bucket has the tags of the lake; one that was just created and not yet tagged is empty. */
async function requireOwn(s3: S3Client, bucket: StateBucket): Promise<void> {
  const tags = await readTags(s3, bucket.name);
  if (tags === undefined && (await isEmpty(s3, bucket.name))) return;
  if (Object.entries(bucket.tags).some(([key, value]) => tags?.[key] !== value)) throw isTaken(bucket.name);
}

function isTaken(name: string, cause?: unknown): Fault {
  return new Fault('outside', `the bucket ${name} belongs to another account or lake: this prefix is taken`, {
    where: name,
    next: 'Choose another prefix: "aws.prefix" in cryptodm.yaml.',
    cause,
  });
}

/** Creates the bucket, or completes one that was left unfinished: versioned, encrypted, private, TLS only. */
export async function createStateBucket(connection: AwsConnection, bucket: StateBucket): Promise<void> {
  const { name: Bucket } = bucket;
  await useS3(connection, async (s3) => {
    try {
      await callAws('s3:CreateBucket', () =>
        s3.send(
          new CreateBucketCommand({
            Bucket,
            // The API refuses its default region by name.
            ...(connection.region === 'us-east-1'
              ? {}
              : { CreateBucketConfiguration: { LocationConstraint: connection.region as BucketLocationConstraint } }),
          }),
        ),
      );
    } catch (error) {
      if (awsErrorName(error) === 'BucketAlreadyExists') throw isTaken(Bucket, error);
      if (awsErrorName(error) !== 'BucketAlreadyOwnedByYou') throw error;
    }
    const TagSet = Object.entries(bucket.tags).map(([Key, Value]) => ({ Key, Value }));
    await callAws('s3:PutBucketTagging', () => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } })));
    await callAws('s3:PutBucketVersioning', () =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })),
    );
    await callAws('s3:PutEncryptionConfiguration', () =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
          },
        }),
      ),
    );
    await callAws('s3:PutBucketPublicAccessBlock', () =>
      s3.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
        }),
      ),
    );
    await callAws('s3:PutBucketPolicy', () =>
      s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(tlsOnly(Bucket, connection.region)) })),
    );
    await callAws('s3:PutLifecycleConfiguration', () =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [
              {
                ID: 'old-versions',
                Status: 'Enabled',
                Filter: { Prefix: '' },
                NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              },
            ],
          },
        }),
      ),
    );
  });
}

function tlsOnly(bucket: string, region: string) {
  const arn = `arn:${partitionOf(region)}:s3:::${bucket}`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}
