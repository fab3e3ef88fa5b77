import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { AthenaWorkgroup, Construct, GlueCatalogDatabase } from '../imports.ts';
import type { Place } from '../place.ts';

export interface CatalogProps {
  place: Place;
  databases: Deployment['databases'];
  /** most bytes that one query may scan */
  queryBytesLimit: number;
}

/** Glue databases over the layers' buckets, and the Athena workgroup that queries them. */
export class Catalog extends Construct {
  readonly workgroup: AthenaWorkgroup;

  constructor(scope: Construct, id: string, { place, databases, queryBytesLimit }: CatalogProps) {
    super(scope, id);
    for (const { name, layer } of databases) {
      new GlueCatalogDatabase(this, layer, {
        name,
        description: `${layer} layer of the lake ${place.prefix}`,
        locationUri: `s3://${place.buckets[layer]}/${name}`,
      });
    }
    this.workgroup = new AthenaWorkgroup(this, 'workgroup', {
      name: place.workgroup,
      description: `Queries on the lake ${place.prefix}`,
      // Else its history of queries would keep it from being destroyed.
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: queryBytesLimit,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${place.buckets.artifacts}/athena/`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}
