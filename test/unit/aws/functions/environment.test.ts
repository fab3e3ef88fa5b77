import assert from 'node:assert/strict';
import { readEnvironment } from '../../../../src/aws/functions/environment.ts';
import { splitUri } from '../../../../src/aws/services/objects.ts';
import { Fault } from '../../../../src/errors.ts';

const complete = {
  LAKE: 'acme',
  AWS_REGION: 'us-east-1',
  SPEC_URI: 's3://acme-artifacts/spec/lake.json',
  ARTIFACTS_BUCKET: 'acme-artifacts',
  WORKGROUP: 'acme-lake',
  ALERTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:acme-alerts',
};

describe('the environment of a function', () => {
  it('names the lake and its places', () => {
    const lake = readEnvironment({ ...complete, CLUSTER_NAME: 'acme-jobs', COINAPI_URL: '' });
    assert.equal(lake.lake, 'acme');
    assert.deepEqual(lake.spec, { bucket: 'acme-artifacts', key: 'spec/lake.json' });
    assert.equal(lake.variable('CLUSTER_NAME'), 'acme-jobs');
    assert.equal(lake.variable('COINAPI_URL'), undefined);
  });

  it('is refused with all that it lacks', () => {
    assert.throws(
      () => readEnvironment({ ...complete, LAKE: '', WORKGROUP: undefined }),
      (error) => error instanceof Fault && error.message === 'the environment lacks LAKE, WORKGROUP',
    );
  });

  it('has addresses of objects only', () => {
    assert.deepEqual(splitUri('s3a://b/c/d.json'), { bucket: 'b', key: 'c/d.json' });
    for (const wrong of ['s3://bucket', 'https://b/c', 's3:///c']) assert.throws(() => splitUri(wrong), Fault);
  });
});
