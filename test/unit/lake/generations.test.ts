import assert from 'node:assert/strict';
import { countGenerations, renewGenerations, specGenerations, type WentBack } from '../../../src/lake/generations.ts';

describe('generations of topics', () => {
  const known = { quotes: { generation: 2, made: true }, trades: { generation: 1, made: false } };
  const rule = { isNew: ({ made }: { made: boolean }) => made, mark: { made: false } };

  it('rise for each topic that is new: never counted, or made again as the target says', () => {
    const { generations, counted } = countGenerations(known, ['quotes', 'trades', 'bad'], rule);
    assert.deepEqual(specGenerations(generations).generations, { quotes: 3, trades: 1, bad: 1 });
    assert.deepEqual(generations['quotes'], { generation: 3, made: false });
    assert.deepEqual(counted, ['quotes', 'bad']);
  });

  it('rise once, however often a target counts before it makes the topic', () => {
    const once = countGenerations(known, ['quotes'], rule).generations;
    const twice = countGenerations(once, ['quotes'], rule);
    assert.deepEqual(twice, { generations: once, counted: [] });
  });

  const back = (more: Partial<WentBack> = {}): WentBack => ({
    ...{
      topic: 'quotes',
      generation: 2,
      recreated: false,
      from: { 0: 60 },
      ends: { 1: 70 },
      lost: 65,
      reason: 'it is shorter',
    },
    ...more,
  });
  const at = '2025-07-08T05:43:00Z';

  it('begin where a topic went back; what stands before keeps its own', () => {
    const { generations, renewed } = renewGenerations(known, [back()], at);
    assert.deepEqual(generations['quotes'], {
      made: true,
      generation: 3,
      begins: [
        { generation: 2, from: {} },
        { generation: 3, from: { 0: 60, 1: 70 } },
      ],
      renewal: { at, lost: 65, reason: 'it is shorter' },
    });
    assert.deepEqual(generations['trades'], known.trades);
    assert.equal(renewed.length, 1);
    const again = renewGenerations(generations, [back({ generation: 3, from: { 0: 40 }, ends: {} })], at).generations;
    assert.deepEqual(specGenerations(again).begins['quotes']?.at(-1), { generation: 4, from: { 0: 40 } });
    assert.equal(specGenerations(again).begins['quotes']?.length, 3);
  });

  it('begin once, however often and by how many jobs it is said', () => {
    const first = renewGenerations(known, [back(), back({ from: { 0: 80 }, ends: { 1: 75 }, lost: 20 })], at);
    assert.deepEqual(specGenerations(first.generations).begins['quotes']?.at(-1)?.from, { 0: 60, 1: 75 });
    const elsewhere = renewGenerations(known, [back(), back({ from: { 1: 50 }, ends: { 0: 90 } })], at);
    assert.deepEqual(specGenerations(elsewhere.generations).begins['quotes']?.at(-1)?.from, { 0: 60, 1: 50 });
    assert.equal(first.renewed[0]?.lost, 65);
    assert.deepEqual(renewGenerations(first.generations, [back()], at), { ...first, renewed: [] });
  });

  it('begin at 0 in a topic that was created again, and so do they when it is created again by us', () => {
    const cut = renewGenerations(known, [back()], at).generations;
    const recreated = renewGenerations(
      cut,
      [back({ generation: 3, recreated: true, from: {}, ends: {} })],
      at,
    ).generations;
    assert.equal(recreated['quotes']?.generation, 4);
    assert.deepEqual(specGenerations(recreated).begins, {});
    assert.deepEqual(countGenerations(cut, ['quotes'], rule).generations['quotes'], { generation: 4, made: false });
  });

  it('of topics that nobody asks for stay', () => {
    assert.deepEqual(countGenerations(known, [], rule), { generations: known, counted: [] });
  });
});
