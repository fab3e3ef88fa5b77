import { Fault } from '../../errors.ts';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { awsErrorName, callAws, s3Config, type AwsConnection } from './connection.ts';

/** The text of an object; `etag` identifies this version of it for a conditional write. */
export interface ObjectText {
  text: string;
  etag: string;
}

export interface ListedObject {
  key: string;
  bytes: number;
  modified: Date;
}

const absent = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);
const conflicts = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

/** The text of an object, undefined when there is no such object or bucket. */
export async function readObject(
  connection: AwsConnection,
  bucket: string,
  key: string,
): Promise<ObjectText | undefined> {
  return useS3(connection, async (s3) => {
    try {
      const { Body, ETag } = await callAws('s3:GetObject', () =>
        s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })),
      );
      return { text: (await Body?.transformToString()) ?? '', etag: ETag ?? '' };
    } catch (error) {
      if (absent.has(awsErrorName(error))) return undefined;
      throw error;
    }
  });
}

/** The bytes of an object, undefined when there is none. */
export async function readObjectBytes(
  connection: AwsConnection,
  bucket: string,
  key: string,
): Promise<Uint8Array | undefined> {
  return useS3(connection, async (s3) => {
    try {
      const { Body } = await callAws('s3:GetObject', () => s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
      return await Body?.transformToByteArray();
    } catch (error) {
      if (absent.has(awsErrorName(error))) return undefined;
      throw error;
    }
  });
}

/**
 * Writes an object.
 * @param expected `absent`: only when there is none yet; an ETag: only when it is still that version
 * @returns its new ETag, undefined when the object is not as expected
 */
export async function writeObject(
  connection: AwsConnection,
  bucket: string,
  key: string,
  text: string,
  expected?: string,
): Promise<string | undefined> {
  const condition = expected === undefined ? {} : expected === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: expected };
  return useS3(connection, async (s3) => {
    try {
      const { ETag } = await callAws('s3:PutObject', () =>
        s3.send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: 'application/json', ...condition }),
        ),
      );
      return ETag ?? '';
    } catch (error) {
      if (expected !== undefined && conflicts.has(awsErrorName(error))) return undefined;
      throw error;
    }
  });
}

export async function deleteObject(connection: AwsConnection, bucket: string, key: string): Promise<void> {
  await useS3(connection, (s3) =>
    callAws('s3:DeleteObject', () => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))),
  );
}

/** Every object under a prefix, in the order of their keys; none when there is no such bucket. */
export async function listObjects(connection: AwsConnection, bucket: string, prefix: string): Promise<ListedObject[]> {
  return useS3(connection, async (s3) => {
    const found: ListedObject[] = [];
    let token: string | undefined;
    do {
      let page: ListObjectsV2CommandOutput;
      try {
        const from = token;
        page = await callAws('s3:ListBucket', () =>
          s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: from })),
        );
      } catch (error) {
        if (absent.has(awsErrorName(error))) return [];
        throw error;
      }
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
        found.push({ key: Key, bytes: Size, modified: LastModified ?? new Date(0) });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  });
}

/** Runs something with a client of S3 and closes the client afterwards. */
export async function useS3<T>(connection: AwsConnection, act: (s3: S3Client) => Promise<T>): Promise<T> {
  const s3 = new S3Client(s3Config(connection));
  try {
    return await act(s3);
  } finally {
    s3.destroy();
  }
}

/** Bucket and key of `s3://bucket/key`. @throws Fault of kind `settings` for anything else */
export function splitUri(uri: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket === undefined || key === undefined)
    throw new Fault('settings', `${uri} is not an address such as s3://bucket/key`);
  return { bucket, key };
}
