import assert from 'node:assert/strict';
import {
  conflictingFields,
  isNumbered,
  liveIndex,
  missingFields,
  parseIndexes,
} from '../../../src/tools/index-state.ts';

/** As Elasticsearch 8.19 answers. */
const answer = {
  'crypto_quote-2': {
    aliases: { crypto_quote: { is_write_index: true }, CRYPTO_QUOTE: {} },
    mappings: { dynamic: 'strict', properties: { price_crypto: { type: 'double' } } },
    settings: { index: { blocks: { write: 'true', metadata: 'false' }, provided_name: 'crypto_quote-2' } },
  },
  'crypto_quote-3': {
    aliases: {},
    mappings: { _meta: { cryptodm: { fill: { phase: 'filling', rows: 5, of: 9, since: '1' } } } },
    settings: { index: { verified_before_close: 'true' } },
  },
};

describe('what Elasticsearch says of an index', () => {
  const [live, begun] = parseIndexes(answer);

  it('gives its aliases, blocks, whether it is closed, and how far it is filled', () => {
    assert.deepEqual(live?.blocks, ['write']);
    assert.deepEqual([live.isClosed, live.fill], [false, undefined]);
    assert.deepEqual([begun?.isClosed, begun?.fill], [true, { phase: 'filling', rows: 5, of: 9 }]);
    // As `up` makes one again: nothing is known yet.
    const [empty] = parseIndexes({
      crypto_quote: { mappings: { _meta: { cryptodm: { fill: { phase: 'filling' } } } } },
    });
    assert.deepEqual(empty?.fill, { phase: 'filling', rows: 0, of: 0 });
  });

  it('tells which one answers by a name, its own or an alias', () => {
    const all = parseIndexes(answer);
    assert.equal(liveIndex(all, 'crypto_quote')?.name, 'crypto_quote-2');
    assert.equal(liveIndex(all, 'crypto_quote-3')?.name, 'crypto_quote-3');
    assert.equal(liveIndex(all, 'other'), undefined);
    const names = ['crypto_quote-2', 'crypto_quote', 'crypto_quote-', 'crypto_quote-backup', 'crypto_quote-2-old'];
    assert.deepEqual(
      names.filter((name) => isNumbered(name, 'crypto_quote')),
      ['crypto_quote-2'],
    );
  });

  it('tells fields that are missing from those that only a rebuild repairs', () => {
    const declared = {
      properties: {
        price_crypto: { type: 'double' },
        ref_date: { type: 'date', format: 'strict_date' },
        source: { type: 'keyword' },
      },
    };
    const found = {
      properties: { price_crypto: { type: 'keyword' }, ref_date: { type: 'date' }, other: { type: 'text' } },
    };
    assert.deepEqual(missingFields(declared, found), ['source']);
    assert.deepEqual(conflictingFields(declared, found), [
      'price_crypto is keyword instead of double',
      'ref_date is date instead of date strict_date',
    ]);
    assert.deepEqual(conflictingFields(declared, declared), []);
  });
});
