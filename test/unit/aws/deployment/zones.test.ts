import assert from 'node:assert/strict';
import { Fault } from '../../../../src/errors.ts';
import { chooseZones, zonesAfter } from '../../../../src/aws/deployment/zones.ts';

describe('the zones of a lake', () => {
  const choose = (zones: string[] | undefined, brokers: number, standing?: number) =>
    chooseZones(zones, { region: 'us-west-1', brokers, standing });

  it('are three, or two where the region has no more', () => {
    assert.equal(choose(['a', 'b', 'c', 'd'], 3), 3);
    assert.equal(choose(['a', 'b'], 4), 2);
    assert.equal(choose(undefined, 3), 3);
  });

  it('stay as they are where brokers stand', () => {
    assert.equal(choose(['a', 'b', 'c'], 2, 2), 2);
  });

  it('are tried one after the other', () => {
    assert.deepEqual(zonesAfter(1, 3), [2, 0, 1]);
    assert.deepEqual(zonesAfter(1, 2), [0, 1]);
  });

  it('are refused when the brokers can’t be spread over them', () => {
    const refuses = (zones: string[], next: RegExp) => {
      assert.throws(
        () => choose(zones, 3),
        (error) => error instanceof Fault && error.kind === 'settings' && next.test(error.next ?? ''),
      );
    };
    refuses(['a', 'b'], /"aws\.brokers\.count" to 2 or 4/);
    refuses(['a'], /another region/);
  });
});
