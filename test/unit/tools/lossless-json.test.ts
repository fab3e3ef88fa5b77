import assert from 'node:assert/strict';
import { readLossless, writeLossless } from '../../../src/tools/lossless-json.ts';

describe('lossless JSON', () => {
  it('brings ids of snapshots back to the last digit', () => {
    const text = `{"id":8954597067493422955,"low":-3051729675574597004,"text":"8954597067493422955","small":12,"real":1.5}`;
    const read = readLossless(text) as Record<string, unknown>;
    assert.deepEqual([read['text'], read['small'], read['real']], ['8954597067493422955', 12, 1.5]);
    assert.equal(writeLossless(read), text);
  });
});
