import assert from 'node:assert/strict';
import { after, medianOf, slopeOf, type Series } from '../../support/series.ts';

describe('a series', () => {
  it('has the slope that most of its values have', () => {
    const rising: Series = [0, 1, 2, 3, 4, 5].map((at) => [at, at === 3 ? 1000 : 10 + 2 * at]);
    assert.equal(slopeOf(rising), 2);
    assert.equal(slopeOf([[0, 5]]), 0);
    assert.equal(medianOf([4, 1, 3, 2]), 2.5);
    assert.deepEqual(after(rising, 0.5), rising.slice(3));
  });
});
