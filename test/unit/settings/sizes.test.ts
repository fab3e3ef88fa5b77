import assert from 'node:assert/strict';
import { parseBytes } from '../../../src/settings/schema.ts';

describe('parseBytes', () => {
  it('knows thousands and powers of two', () => {
    assert.deepEqual(
      ['134217728', '128MB', '128 MiB', '1.5GB', '64KiB', '12B'].map(parseBytes),
      [134_217_728, 128_000_000, 134_217_728, 1_500_000_000, 65_536, 12],
    );
  });

  it('refuses everything else', () => {
    assert.deepEqual(['', '128 megabytes', '-1MB', '1TB', 'MB'].map(parseBytes), Array(5).fill(undefined));
  });
});
