import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { nameAwsLake } from '../../../src/aws/lake.ts';
import { awsSnippet } from '../../../src/aws/snippets.ts';
import { openTools, type OpenTool } from '../../../src/lake/snippet.ts';
import { readSettings } from '../../../src/settings/settings.ts';

const env = {
  CRYPTODM_TARGET: 'aws',
  CRYPTODM_AWS_PREFIX: 'acme-lake',
  CRYPTODM_AWS_REGION: 'eu-central-1',
  CRYPTODM_AWS_PROFILE: 'acme',
};
const opened = (tool: OpenTool, more: Record<string, string> = {}) => {
  const settings = readSettings({ flags: {}, env: { ...env, ...more }, cwd: '/' });
  return awsSnippet(nameAwsLake(settings, {}), '123456789012', tool);
};

describe('what opens a lake in an account', () => {
  it('names region and profile, and says that no test runs it', () => {
    for (const tool of openTools) {
      const { text, tested } = opened(tool);
      assert.equal(tested, false, tool);
      assert.match(text, /No test of ours runs this\./, tool);
      assert.match(text, /export AWS_PROFILE=acme$/m, tool);
      assert.match(text, /eu-central-1/, tool);
    }
  });

  it('signs requests to the Iceberg catalog of Glue, in the account of the lake', () => {
    for (const tool of ['pyiceberg', 'polars', 'jupyter', 'spark'] as const) {
      const { text } = opened(tool);
      assert.match(text, /"\.?uri": "https:\/\/glue\.eu-central-1\.amazonaws\.com\/iceberg",/, tool);
      assert.match(text, /"\.?warehouse": "123456789012",/, tool);
      assert.match(text, /"\.?rest\.sigv4-enabled": "true",/, tool);
      assert.doesNotMatch(text, /pathlib/, tool);
    }
    assert.match(opened('duckdb').text, /^ATTACH IF NOT EXISTS '123456789012' AS lake/m);
  });

  it('uses the databases and the workgroup of this lake', () => {
    const more = { CRYPTODM_AWS_DATABASEPREFIX: 'acme_' };
    assert.match(opened('duckdb', more).text, /FROM lake\.acme_crypto_db\.crypto_quote/);
    const grafana = parse(opened('grafana', more).text) as { datasources: { jsonData: Record<string, string> }[] };
    assert.deepEqual(grafana.datasources[0]?.jsonData, {
      authType: 'default',
      defaultRegion: 'eu-central-1',
      catalog: 'AwsDataCatalog',
      database: 'acme_crypto_db',
      workgroup: 'acme-lake-lake',
    });
    const uri = new URL(opened('superset', more).text.split('\n').at(-1)?.replace('awsathena+rest', 'http') ?? '');
    assert.equal(uri.pathname, '/acme_crypto_db');
    assert.equal(uri.searchParams.get('s3_staging_dir'), 's3://acme-lake-artifacts/athena/');
  });
});
