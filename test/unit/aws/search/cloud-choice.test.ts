import assert from 'node:assert/strict';
import { Fault } from '../../../../src/errors.ts';
import { chooseCloudRegion, cloudRegionOf } from '../../../../src/aws/search/cloud-region.ts';
import { chooseCloudVersion } from '../../../../src/aws/search/cloud-version.ts';

const refuses = (run: () => unknown, message: RegExp, next: RegExp) => {
  assert.throws(run, (error) => error instanceof Fault && message.test(error.message) && next.test(error.next ?? ''));
};

describe('the region of Elastic Cloud', () => {
  it('is that of the lake, under the name that Elastic has for it', () => {
    assert.equal(cloudRegionOf('us-east-1'), 'us-east-1');
    assert.equal(cloudRegionOf('eu-central-1'), 'aws-eu-central-1');
    assert.equal(chooseCloudRegion('eu-west-2', { given: undefined, standing: undefined }), 'aws-eu-west-2');
  });

  it('is refused when it is another one than the lake’s', () => {
    const choose = () => chooseCloudRegion('eu-central-1', { given: 'us-east-1', standing: undefined });
    refuses(choose, /eu-central-1.*"us-east-1"/, /"aws-eu-central-1"/);
  });

  it('must be given where Elastic Cloud has none at the lake', () => {
    refuses(
      () => chooseCloudRegion('us-gov-west-1', { given: undefined, standing: undefined }),
      /no region/,
      /nearest/,
    );
    assert.equal(chooseCloudRegion('us-gov-west-1', { given: 'us-west-2', standing: undefined }), 'us-west-2');
  });

  it('stays where a deployment stands', () => {
    assert.equal(chooseCloudRegion('eu-central-1', { given: undefined, standing: 'us-east-1' }), 'us-east-1');
    assert.equal(chooseCloudRegion('eu-central-1', { given: 'us-east-1', standing: 'us-east-1' }), 'us-east-1');
  });
});

describe('the version of a deployment in Elastic Cloud', () => {
  const offered = ['8.18.9', '8.19.9', '8.19.21', '8.19.22-SNAPSHOT', '9.1.4'];
  const choose = (wanted: string, standing?: string) => chooseCloudVersion(wanted, { offered, standing });

  it('is the newest of those wanted that is offered', () => {
    assert.equal(choose('8.19'), '8.19.21');
    assert.equal(choose('8.19.9'), '8.19.9');
  });

  it('stays where a deployment stands, also when it is no longer offered', () => {
    assert.equal(choose('8.19', '8.19.0'), '8.19.0');
    assert.equal(choose('9.1', '8.19.0'), '9.1.4');
  });

  it('is refused when it is not offered', () => {
    refuses(() => choose('8.19.0'), /no Elasticsearch 8\.19\.0/, /"8\.19"/);
    refuses(() => choose('7.17'), /no Elasticsearch 7\.17/, /"8\.19"/);
  });
});
