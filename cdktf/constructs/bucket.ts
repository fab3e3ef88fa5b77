import {
  Construct,
  S3Bucket,
  S3BucketLifecycleConfiguration,
  S3BucketPolicy,
  S3BucketPublicAccessBlock,
  S3BucketServerSideEncryptionConfigurationA,
  S3BucketVersioningA,
} from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { policy } from '../statement.ts';

export interface BucketProps {
  names: ResourceNames;
  name: string;
  /** days after which objects under a prefix are deleted; other objects stay */
  expiry?: { prefix: string; days: number }[];
}

/** A private bucket: encrypted, versioned, TLS only; overwritten and deleted versions are removed after a day. */
export class Bucket extends Construct {
  readonly bucket: S3Bucket;

  constructor(scope: Construct, id: string, { names, name, expiry = [] }: BucketProps) {
    super(scope, id);
    // The command line asks the user before Terraform destroys data.
    const bucket = new S3Bucket(this, 'bucket', { bucket: name, forceDestroy: true });
    const closed = new S3BucketPublicAccessBlock(this, 'closed', {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketPolicy(this, 'tls', {
      bucket: bucket.id,
      policy: policy([
        {
          Effect: 'Deny',
          Principal: '*',
          Action: ['s3:*'],
          Resource: [names.bucketArn(name), names.bucketArn(name, '*')],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
      // S3 refuses two changes of the access to a bucket at the same time.
      dependsOn: [closed],
    });
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: bucket.id,
      versioningConfiguration: { status: 'Enabled' },
    });
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: bucket.id,
      rule: [
        {
          id: 'superseded',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          noncurrentVersionExpiration: [{ noncurrentDays: 1 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
          expiration: [{ expiredObjectDeleteMarker: true }],
        },
        ...expiry.map(({ prefix, days }) => ({
          id: `expire-${prefix.replace(/\/$/, '')}`,
          status: 'Enabled',
          filter: [{ prefix }],
          expiration: [{ days }],
        })),
      ],
      dependsOn: [versioning],
    });
    this.bucket = bucket;
  }
}
