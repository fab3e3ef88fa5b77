import { Construct } from '../imports.ts';
import { layers } from '../../src/aws/names.ts';
import type { Place } from '../place.ts';
import { Bucket } from './bucket.ts';

export interface StorageProps {
  place: Place;
}

/** The buckets of the lake. Checkpoints, jars and the spec never expire: a running job reads them. */
export class Storage extends Construct {
  readonly artifacts: Bucket;
  readonly logs: Bucket;

  constructor(scope: Construct, id: string, { place }: StorageProps) {
    super(scope, id);
    for (const layer of layers) new Bucket(this, layer, { place, name: place.buckets[layer] });
    this.artifacts = new Bucket(this, 'artifacts', {
      place,
      name: place.buckets.artifacts,
      expiry: [{ prefix: 'athena/', days: 7 }],
    });
    this.logs = new Bucket(this, 'logs', { place, name: place.buckets.logs, expiry: [{ prefix: 'emr/', days: 30 }] });
  }
}
