import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { stackFile } from '../../src/aws/deployment/stack-files.ts';
import { Construct, S3Object, type S3Bucket } from '../imports.ts';

export interface JarsProps {
  bucket: S3Bucket;
  jars: Deployment['jars'];
}

/** The jars under the hash of their content, so that the jar of a running job never changes. */
export class Jars extends Construct {
  constructor(scope: Construct, id: string, { bucket, jars }: JarsProps) {
    super(scope, id);
    for (const [name, { path, sha256 }] of Object.entries(jars)) {
      new S3Object(this, name.replace(/[^A-Za-z0-9]+/g, '-'), {
        bucket: bucket.id,
        key: `jars/${sha256.slice(0, 16)}/${name}`,
        source: stackFile(path),
        sourceHash: sha256,
        serverSideEncryption: 'AES256',
      });
    }
  }
}
