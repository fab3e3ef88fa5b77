import assert from 'node:assert/strict';
import { prefix, resourceOf, resourcesOf, statementsOf, synthesiseLake, synthesiseStacks } from './stack.ts';

const lake = synthesiseLake();
const layers = ['bronze', 'silver', 'gold', 'artifacts', 'logs'];

describe('state', () => {
  it('is an encrypted object with a lock file, one for each stack', () => {
    const { lake: whole, search } = synthesiseStacks();
    const expected = { bucket: `${prefix}-cryptodm-state`, region: 'us-east-1', encrypt: true, use_lockfile: true };
    assert.deepEqual(whole?.terraform.backend, { s3: { ...expected, key: 'lake.tfstate' } });
    assert.deepEqual(search?.terraform.backend, { s3: { ...expected, key: 'search.tfstate' } });
  });

  it('is a file where the deployment says so', () => {
    const { terraform } = synthesiseLake({ backend: { kind: 'local', path: '/state' } });
    assert.deepEqual(terraform.backend, { local: { path: '/state/lake.tfstate' } });
  });
});

describe('storage', () => {
  for (const layer of layers) {
    const part = (type: string) => resourceOf(lake, `aws_s3_bucket${type}`, `storage_${layer}_`);

    it(`${layer} is closed, encrypted, versioned, and read by TLS only`, () => {
      const closed = Object.values(part('_public_access_block')).filter((value) => value === true);
      assert.equal(closed.length, 4);
      assert.match(JSON.stringify(part('_server_side_encryption_configuration')), /"sse_algorithm":"AES256"/);
      assert.deepEqual(part('_versioning')['versioning_configuration'], { status: 'Enabled' });
      const [only, ...more] = statementsOf(part('_policy')['policy']);
      assert.equal(more.length, 0);
      assert.equal(only?.Effect, 'Deny');
      assert.deepEqual(only?.Condition, { Bool: { 'aws:SecureTransport': 'false' } });
      assert.equal(only?.Resource.length, 2);
    });

    it(`${layer} deletes superseded versions after a day`, () => {
      const [rule] = part('_lifecycle_configuration')['rule'] as Record<string, unknown>[];
      assert.deepEqual(rule?.['noncurrent_version_expiration'], [{ noncurrent_days: 1 }]);
      assert.deepEqual(rule?.['abort_incomplete_multipart_upload'], [{ days_after_initiation: 1 }]);
      assert.ok(part('')['force_destroy']);
    });
  }

  it('nothing expires but results of queries and logs of EMR', () => {
    const expiring = Object.values(resourcesOf(lake, 'aws_s3_bucket_lifecycle_configuration')).flatMap(({ rule }) =>
      (rule as { filter: { prefix: string }[]; expiration: { days?: number }[] }[])
        .filter(({ expiration }) => expiration.some(({ days }) => days !== undefined))
        .map(({ filter }) => filter[0]?.prefix),
    );
    assert.deepEqual(expiring.sort(), ['athena/', 'emr/']);
  });

  it('jars lie under the hash of what is in them', () => {
    const keys = Object.values(resourcesOf(lake, 'aws_s3_object')).map(({ key }) => String(key));
    const jars = keys.filter((key) => key.startsWith('jars/'));
    assert.equal(jars.length, 8);
    for (const key of jars) assert.match(key, /^jars\/[0-9a-f]{16}\/[A-Za-z0-9]+-1\.0\.jar$/);
  });
});

describe('catalog', () => {
  it('has a database for each layer, in its bucket', () => {
    const places = Object.values(resourcesOf(lake, 'aws_glue_catalog_database')).map(({ location_uri: at }) => at);
    assert.deepEqual(places.sort(), [
      `s3://${prefix}-bronze-iceberg-data/crypto_db`,
      `s3://${prefix}-gold-iceberg-data/crypto_gold`,
      `s3://${prefix}-silver-iceberg-data/crypto_silver`,
    ]);
  });

  it('limits what a query may scan and encrypts what it found', () => {
    const { configuration } = resourceOf(lake, 'aws_athena_workgroup');
    assert.deepEqual(configuration, {
      enforce_workgroup_configuration: true,
      publish_cloudwatch_metrics_enabled: true,
      bytes_scanned_cutoff_per_query: 10_737_418_240,
      engine_version: { selected_engine_version: 'Athena engine version 3' },
      result_configuration: {
        output_location: `s3://${prefix}-artifacts/athena/`,
        encryption_configuration: { encryption_option: 'SSE_S3' },
      },
    });
  });

  it('has a crawler only where one is asked for', () => {
    assert.equal(Object.keys(resourcesOf(lake, 'aws_glue_crawler')).length, 1);
    assert.deepEqual(resourcesOf(synthesiseLake({ aws: { crawler: false } }), 'aws_glue_crawler'), {});
  });
});

describe('a lake whose data is kept', () => {
  const kept = synthesiseLake({ extent: 'data' });

  it('is its buckets, catalog and workgroup, and nothing that bills by the hour', () => {
    const types = Object.keys(kept.resource).sort();
    assert.deepEqual(types, [
      'aws_athena_workgroup',
      'aws_glue_catalog_database',
      'aws_s3_bucket',
      'aws_s3_bucket_lifecycle_configuration',
      'aws_s3_bucket_policy',
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_server_side_encryption_configuration',
      'aws_s3_bucket_versioning',
    ]);
    assert.deepEqual(Object.keys(kept.output), ['workgroup']);
  });

  it('keeps every part as it was, under the same name', () => {
    for (const [type, named] of Object.entries(kept.resource)) {
      assert.deepEqual(named, resourcesOf(lake, type), type);
    }
  });

  it('has no search stack', () => {
    assert.deepEqual(Object.keys(synthesiseStacks({ extent: 'data' })), ['lake']);
  });
});
