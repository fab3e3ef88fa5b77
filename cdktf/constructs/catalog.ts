import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { AthenaWorkgroup, Construct, GlueCatalogDatabase } from '../imports.ts';
import type { ResourceNames } from '../names.ts';

export interface CatalogProps {
  names: ResourceNames;
  databases: Deployment['databases'];
  /** GB that one query may scan at most */
  queryLimitGb: number;
}

/** Glue databases over the layers' buckets, and the Athena workgroup that queries them. */
export class Catalog extends Construct {
  readonly workgroup: AthenaWorkgroup;

  constructor(scope: Construct, id: string, { names, databases, queryLimitGb }: CatalogProps) {
    super(scope, id);
    for (const { name, layer } of databases) {
      new GlueCatalogDatabase(this, layer, {
        name,
        description: `${layer} layer of the lake ${names.prefix}`,
        locationUri: `s3://${names.buckets[layer]}/${name}`,
      });
    }
    this.workgroup = new AthenaWorkgroup(this, 'workgroup', {
      name: names.workgroup,
      description: `Queries on the lake ${names.prefix}`,
      // Otherwise its history of queries would prevent its removal.
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: Math.round(queryLimitGb * 1e9),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${names.buckets.artifacts}/athena/`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}
