import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Fault } from '../../errors.ts';
import { useS3 } from './objects.ts';
import { awsErrorName, callAws, type AwsConnection } from './connection.ts';

/** Deletes a bucket with every version of every object in it. Does nothing when there is no such bucket. */
export async function deleteBucket(connection: AwsConnection, name: string): Promise<void> {
  await useS3(connection, async (s3) => {
    try {
      for (;;) {
        const { Versions = [], DeleteMarkers = [] } = await callAws('s3:ListBucketVersions', () =>
          s3.send(new ListObjectVersionsCommand({ Bucket: name })),
        );
        const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
        if (Objects.length === 0) break;
        const { Errors = [] } = await callAws('s3:DeleteObject', () =>
          s3.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } })),
        );
        const [first] = Errors;
        if (first !== undefined) {
          throw new Fault(
            'outside',
            `${name}/${first.Key ?? ''} can't be deleted: ${first.Message ?? first.Code ?? ''}`,
            {
              where: name,
              next: 'Check the bucket’s policy and object locks, then run "cryptodm down" again.',
            },
          );
        }
      }
      await callAws('s3:DeleteBucket', () => s3.send(new DeleteBucketCommand({ Bucket: name })));
    } catch (error) {
      if (awsErrorName(error) !== 'NoSuchBucket') throw error;
    }
  });
}

/** Whether a bucket of this name exists and these credentials can see it. */
export async function hasBucket(connection: AwsConnection, name: string): Promise<boolean> {
  return useS3(connection, async (s3) => {
    try {
      await s3.send(new HeadBucketCommand({ Bucket: name }));
      return true;
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 404 || status === 403 || status === 301) return false;
      return callAws('s3:ListBucket', () => Promise.reject(error as Error));
    }
  });
}

/**
 * Who has a bucket of this name: an account that these credentials can't see, this account, or the lake itself. One that a killed run has
 * not yet tagged is the lake's.
 */
export async function describeOwner(
  connection: AwsConnection,
  name: string,
  tags: Readonly<Record<string, string>>,
): Promise<'nobody' | 'somebody' | 'account' | 'lake'> {
  return useS3(connection, async (s3) => {
    try {
      await s3.send(new HeadBucketCommand({ Bucket: name }));
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 404) return 'nobody';
      if (status === 403 || status === 301) return 'somebody';
      return callAws('s3:ListBucket', () => Promise.reject(error as Error));
    }
    const carried = await readTags(s3, name);
    if (carried === undefined) return (await isEmpty(s3, name)) ? 'lake' : 'account';
    return Object.entries(tags).every(([key, value]) => carried[key] === value) ? 'lake' : 'account';
  });
}

/**
 * Deletes what a killed run left of a bucket: Terraform creates it first and tags it afterwards. A bucket with a tag or an object stays.
 * @returns whether there was such a bucket
 */
export async function removeHalfMade(connection: AwsConnection, name: string): Promise<boolean> {
  if (!(await hasBucket(connection, name))) return false;
  return useS3(connection, async (s3) => {
    if ((await readTags(s3, name)) !== undefined || !(await isEmpty(s3, name))) return false;
    await callAws('s3:DeleteBucket', () => s3.send(new DeleteBucketCommand({ Bucket: name })));
    return true;
  });
}

/** The tags of a bucket, undefined when it has none at all. */
export async function readTags(s3: S3Client, name: string): Promise<Record<string, string> | undefined> {
  try {
    const { TagSet = [] } = await callAws('s3:GetBucketTagging', () =>
      s3.send(new GetBucketTaggingCommand({ Bucket: name })),
    );
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  } catch (error) {
    if (awsErrorName(error) === 'NoSuchTagSet') return undefined;
    throw error;
  }
}

/** Whether it holds no version of any object. */
export async function isEmpty(s3: S3Client, name: string): Promise<boolean> {
  const { Versions = [], DeleteMarkers = [] } = await callAws('s3:ListBucketVersions', () =>
    s3.send(new ListObjectVersionsCommand({ Bucket: name, MaxKeys: 1 })),
  );
  return Versions.length + DeleteMarkers.length === 0;
}
