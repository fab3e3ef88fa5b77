import assert from 'node:assert/strict';
import { lastWritten } from '../../../../src/aws/functions/last-written.ts';

describe('when a table was written to last', () => {
  it('is when its current snapshot was made', () => {
    const log = [{ 'timestamp-ms': 1 }, { 'timestamp-ms': 2 }];
    assert.equal(lastWritten({ 'snapshot-log': log }), 2);
    assert.equal(lastWritten({ 'snapshot-log': [] }), undefined);
    assert.equal(lastWritten({}), undefined);
  });
});
