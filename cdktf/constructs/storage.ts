import { Construct } from '../imports.ts';
import { layers } from '../../src/lake/databases.ts';
import type { ResourceNames } from '../names.ts';
import { Bucket } from './bucket.ts';

export interface StorageProps {
  names: ResourceNames;
}

/** The buckets of the lake. Checkpoints, jars and the spec never expire: a running job reads them. */
export class Storage extends Construct {
  readonly artifacts: Bucket;
  readonly logs: Bucket;

  constructor(scope: Construct, id: string, { names }: StorageProps) {
    super(scope, id);
    for (const layer of layers) new Bucket(this, layer, { names, name: names.buckets[layer] });
    this.artifacts = new Bucket(this, 'artifacts', {
      names,
      name: names.buckets.artifacts,
      expiry: [{ prefix: 'athena/', days: 7 }],
    });
    this.logs = new Bucket(this, 'logs', { names, name: names.buckets.logs, expiry: [{ prefix: 'emr/', days: 30 }] });
  }
}
