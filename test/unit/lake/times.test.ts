import assert from 'node:assert/strict';
import { Fault } from '../../../src/errors.ts';
import { parseTime } from '../../../src/lake/times.ts';

describe('times that a person writes', () => {
  const now = Date.parse('2025-07-08T05:43:00Z');

  it('may be ago, but not before 1970', () => {
    assert.equal(parseTime('2h', '--from', now), now - 7_200_000);
    for (const text of ['9999999d', '99999999999999999999d']) {
      assert.throws(
        () => parseTime(text, '--from', now),
        (fault) => fault instanceof Fault && fault.kind === 'usage' && fault.message === `${text} ago is before 1970`,
      );
    }
  });
});
