import {
  isPythonReader,
  pythonRecipe,
  textLiteral,
  renderSnippet,
  sparkLines,
  sparkVersions,
  type OpenTool,
  type Recipe,
  type Snippet,
} from '../lake/snippet.ts';
import { databaseOf } from '../lake/databases.ts';
import { literal } from '../tools/sql/literal.ts';
import type { AwsLake } from './lake.ts';
import { domainOf } from './partition.ts';

/** Where tools find the lake. */
interface Place {
  accountId: string;
  region: string;
  /** Glue's Iceberg catalog: https://docs.aws.amazon.com/glue/latest/dg/connect-glu-iceberg-rest.html */
  catalog: string;
  database: string;
  workgroup: string;
  /** where Athena puts results */
  results: string;
  athena: string;
}

/** What opens a lake in an account with a tool: Glue's Iceberg catalog, or Athena. Credentials are those of AWS's own chain. */
export function awsSnippet({ connection, names, settings }: AwsLake, accountId: string, tool: OpenTool): Snippet {
  const { region } = connection;
  const domain = domainOf(region);
  const recipe = recipeOf(tool, {
    accountId,
    region,
    catalog: `https://glue.${region}.${domain}/iceberg`,
    database: databaseOf('bronze', settings.aws.databasePrefix),
    workgroup: names.workgroup,
    results: `s3://${names.buckets.artifacts}/athena/`,
    athena: `athena.${region}.${domain}`,
  });
  const { profile } = connection;
  const credentials = `It signs in as AWS's own tools do${profile === undefined ? '.' : `: export AWS_PROFILE=${profile}`}`;
  return renderSnippet(tool, { ...recipe, notes: [...recipe.notes, credentials] });
}

/** How Iceberg's clients reach Glue's catalog, by their names of the settings. */
function glueSettings({ accountId, region, catalog }: Place) {
  return {
    type: '"rest"',
    uri: textLiteral(catalog),
    warehouse: textLiteral(accountId),
    'rest.sigv4-enabled': '"true"',
    'rest.signing-name': '"glue"',
    'rest.signing-region': textLiteral(region),
  };
}

function recipeOf(tool: OpenTool, place: Place): Recipe {
  if (!isPythonReader(tool)) return recipes[tool](place);
  const options = { ...glueSettings(place), 's3.region': textLiteral(place.region) };
  return pythonRecipe(tool, options, `${place.database}.crypto_quote`, ['boto3']);
}

const recipes = {
  duckdb: ({ accountId, region, database }) => ({
    language: 'sql',
    notes: ['DuckDB 1.5; in Python: duckdb.sql(...), after pip install duckdb pytz'],
    lines: [
      'INSTALL iceberg; INSTALL httpfs; INSTALL aws;',
      'LOAD iceberg; LOAD httpfs; LOAD aws;',
      `CREATE OR REPLACE SECRET lake (TYPE s3, PROVIDER credential_chain, REGION ${literal(region)});`,
      `ATTACH IF NOT EXISTS ${literal(accountId)} AS lake (TYPE iceberg, ENDPOINT_TYPE glue);`,
      `SELECT asset_id, count(*), max(start_window) FROM lake.${database}.crypto_quote GROUP BY ALL;`,
    ],
  }),

  spark: (place) => ({
    language: 'python',
    notes: [`pip install pyspark==${sparkVersions.spark}; the first start downloads Iceberg.`],
    lines: sparkLines(
      { ...glueSettings(place), 'io-impl': '"org.apache.iceberg.aws.s3.S3FileIO"' },
      `${place.database}.crypto_quote`,
      ['iceberg-aws-bundle'],
    ),
  }),

  trino: ({ region }) => ({
    language: 'properties',
    notes: ['etc/catalog/lake.properties of Trino.'],
    lines: [
      'connector.name=iceberg',
      'iceberg.catalog.type=glue',
      `hive.metastore.glue.region=${region}`,
      'fs.native-s3.enabled=true',
      `s3.region=${region}`,
    ],
  }),

  dbt: ({ region, database, workgroup, results }) => ({
    language: 'yaml',
    notes: ['~/.dbt/profiles.yml; pip install dbt-athena', `Models are made in the database ${database}_models.`],
    lines: [
      'cryptodm:',
      '  target: lake',
      '  outputs:',
      '    lake:',
      '      type: athena',
      `      region_name: ${region}`,
      `      work_group: ${workgroup}`,
      `      s3_staging_dir: ${results}`,
      '      database: awsdatacatalog',
      `      schema: ${database}_models`,
    ],
  }),

  grafana: ({ region, database, workgroup }) => ({
    language: 'yaml',
    notes: ['In provisioning/datasources/cryptodm.yaml of Grafana, which needs the plugin grafana-athena-datasource.'],
    lines: [
      'apiVersion: 1',
      'datasources:',
      '  - name: cryptodm',
      '    type: grafana-athena-datasource',
      '    jsonData:',
      '      authType: default',
      `      defaultRegion: ${region}`,
      '      catalog: AwsDataCatalog',
      `      database: ${database}`,
      `      workgroup: ${workgroup}`,
      '  - name: cryptodm-metrics',
      '    type: cloudwatch',
      '    jsonData:',
      '      authType: default',
      `      defaultRegion: ${region}`,
    ],
  }),

  superset: ({ database, workgroup, results, athena }) => ({
    language: 'text',
    notes: ["The SQLAlchemy URI of the database; pip install 'PyAthena[SQLAlchemy]'"],
    lines: [
      `awsathena+rest://@${athena}:443/${database}?work_group=${workgroup}&s3_staging_dir=${encodeURIComponent(results)}`,
    ],
  }),
} satisfies Record<string, (place: Place) => Recipe>;
