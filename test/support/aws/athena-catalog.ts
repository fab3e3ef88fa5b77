import { renderProperties, type TrinoCatalog } from '../engines/trino.ts';

/** Keys that are valid in the emulated account only. */
const keys = { id: 'test', secret: 'test' };

/** The account's Glue, for a Trino in place of Athena. @param endpoint of the emulated account, for catalog and buckets */
export function athenaCatalog({ endpoint, region }: { endpoint: string; region: string }): TrinoCatalog {
  const { id, secret } = keys;
  return {
    name: 'awsdatacatalog',
    // As in Athena, which allows any age: the table's properties set the minimum age of what is removed.
    properties: renderProperties({
      'connector.name': 'iceberg',
      'iceberg.catalog.type': 'glue',
      'iceberg.expire-snapshots.min-retention': '0s',
      'iceberg.remove-orphan-files.min-retention': '0s',
      'iceberg.allowed-extra-properties': '*',
      'hive.metastore.glue.region': region,
      'hive.metastore.glue.endpoint-url': endpoint,
      'hive.metastore.glue.aws-access-key': id,
      'hive.metastore.glue.aws-secret-key': secret,
      'fs.native-s3.enabled': 'true',
      's3.region': region,
      's3.endpoint': endpoint,
      's3.path-style-access': 'true',
      's3.aws-access-key': id,
      's3.aws-secret-key': secret,
    }),
    env: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
}
