import assert from 'node:assert/strict';
import {
  firstState,
  nextState,
  shouldRun,
  type PartEvent,
  type PartState,
} from '../../../../src/local/supervisor/part-state.ts';

describe('the state of a part', () => {
  const table: Record<PartState, Record<PartEvent, PartState>> = {
    waiting: {
      ...{ started: 'up', 'not-startable': 'failed', died: 'waiting', 'given-up': 'failed' },
      ...{ done: 'waiting', removed: 'stopped' },
    },
    up: {
      ...{ started: 'up', 'not-startable': 'failed', died: 'waiting', 'given-up': 'failed' },
      ...{ done: 'ended', removed: 'stopped' },
    },
    failed: {
      ...{ started: 'failed', 'not-startable': 'failed', died: 'failed', 'given-up': 'failed' },
      ...{ done: 'failed', removed: 'stopped' },
    },
    ended: {
      ...{ started: 'ended', 'not-startable': 'ended', died: 'ended', 'given-up': 'ended' },
      ...{ done: 'ended', removed: 'stopped' },
    },
    stopped: {
      ...{ started: 'stopped', 'not-startable': 'stopped', died: 'stopped', 'given-up': 'stopped' },
      ...{ done: 'stopped', removed: 'stopped' },
    },
  };

  for (const [state, row] of Object.entries(table) as [PartState, Record<PartEvent, PartState>][]) {
    for (const [event, next] of Object.entries(row) as [PartEvent, PartState][]) {
      it(`is ${next} when one that is ${state} was ${event}`, () => assert.equal(nextState(state, event), next));
    }
  }

  const after = (...events: PartEvent[]) => events.reduce(nextState, firstState);

  it('follows a part that dies, comes back and is given up', () => {
    assert.equal(after('started', 'died', 'started'), 'up');
    assert.equal(after('started', 'died', 'started', 'given-up'), 'failed');
  });

  it('lets nothing but a removal change what was given up or is done', () => {
    assert.equal(after('started', 'given-up', 'died', 'started'), 'failed');
    assert.equal(after('started', 'done', 'died', 'started'), 'ended');
    assert.equal(after('started', 'done', 'removed'), 'stopped');
  });

  it('says which parts should have a process', () => {
    const states: PartState[] = ['up', 'waiting', 'failed', 'ended', 'stopped'];
    assert.deepEqual(states.filter(shouldRun), ['up', 'waiting']);
  });
});
