import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { Construct, S3Object, type S3Bucket } from '../imports.ts';

export interface JarsProps {
  bucket: S3Bucket;
  jars: Deployment['jars'];
}

/** The jars under the hash of what is in them, so that a running job never sees its own change. */
export class Jars extends Construct {
  constructor(scope: Construct, id: string, { bucket, jars }: JarsProps) {
    super(scope, id);
    for (const [name, { path, sha256 }] of Object.entries(jars)) {
      new S3Object(this, name.replace(/[^A-Za-z0-9]+/g, '-'), {
        bucket: bucket.id,
        key: `jars/${sha256.slice(0, 16)}/${name}`,
        source: path,
        sourceHash: sha256,
        serverSideEncryption: 'AES256',
      });
    }
  }
}
