import assert from 'node:assert/strict';
import { domainOf, partitionOf, principalOf } from '../../../src/aws/partition.ts';

describe('the partition of a region', () => {
  it('is in its ARNs, host names and principals', () => {
    const of = (region: string) => [partitionOf(region), domainOf(region), principalOf('ec2', region)];
    assert.deepEqual(of('eu-central-1'), ['aws', 'amazonaws.com', 'ec2.amazonaws.com']);
    assert.deepEqual(of('us-gov-west-1'), ['aws-us-gov', 'amazonaws.com', 'ec2.amazonaws.com']);
    assert.deepEqual(of('cn-north-1'), ['aws-cn', 'amazonaws.com.cn', 'ec2.amazonaws.com.cn']);
    assert.equal(principalOf('lambda', 'cn-north-1'), 'lambda.amazonaws.com');
  });
});
