import assert from 'node:assert/strict';
import { countGenerations, generationNumbers } from '../../../src/lake/generations.ts';

describe('generations of topics', () => {
  const known = { quotes: { generation: 2, made: true }, trades: { generation: 1, made: false } };
  const rule = { isNew: ({ made }: { made: boolean }) => made, mark: { made: false } };

  it('rise for each topic that is new: never counted, or made again as the target says', () => {
    const { generations, counted } = countGenerations(known, ['quotes', 'trades', 'bad'], rule);
    assert.deepEqual(generationNumbers(generations), { quotes: 3, trades: 1, bad: 1 });
    assert.deepEqual(generations['quotes'], { generation: 3, made: false });
    assert.deepEqual(counted, ['quotes', 'bad']);
  });

  it('rise once, however often a target counts before it makes the topic', () => {
    const once = countGenerations(known, ['quotes'], rule).generations;
    const twice = countGenerations(once, ['quotes'], rule);
    assert.deepEqual(twice, { generations: once, counted: [] });
  });

  it('of topics that nobody asks for stay', () => {
    assert.deepEqual(countGenerations(known, [], rule), { generations: known, counted: [] });
  });
});
