import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pairPattern, readPair } from '../../../src/lake/pair.ts';

describe('a pair', () => {
  it('follows the rule of both sides', () => {
    const rule = JSON.parse(readFileSync('test/fixtures/pairs/pairs.json', 'utf8')) as {
      pairs: string[];
      none: string[];
    };
    for (const pair of rule.pairs) assert.match(pair, pairPattern);
    for (const text of rule.none) assert.doesNotMatch(text, pairPattern);
  });

  it('is read in any case', () => {
    assert.equal(readPair(' btc/usd1 '), 'BTC/USD1');
    assert.equal(readPair('btc'), undefined);
  });
});
