/** The states of a part, as a table without side effects. */

/**
 * `up`: its process runs. `waiting`: it has none and gets one soon. `failed`: it gets none again by itself. `ended`: it has done its
 * work. `stopped`: it is being removed.
 */
export type PartState = 'up' | 'waiting' | 'failed' | 'ended' | 'stopped';

export type PartEvent =
  /** its process exists */
  | 'started'
  /** its command can't be run at all */
  | 'not-startable'
  /** its process ended, or could not be started this time */
  | 'died'
  /** it died too often in a row, or says that a start is of no use */
  | 'given-up'
  /** its process ended with success, and this part may end */
  | 'done'
  /** it is to be stopped for good */
  | 'removed';

/** State of a part that was just described and has no process yet. */
export const firstState: PartState = 'waiting';

const transitions: Readonly<Record<PartState, Partial<Record<PartEvent, PartState>>>> = {
  waiting: {
    started: 'up',
    'not-startable': 'failed',
    died: 'waiting',
    'given-up': 'failed',
    removed: 'stopped',
  },
  up: {
    // A new supervisor starts a part again whose process ended meanwhile.
    started: 'up',
    'not-startable': 'failed',
    died: 'waiting',
    'given-up': 'failed',
    done: 'ended',
    removed: 'stopped',
  },
  failed: { removed: 'stopped' },
  ended: { removed: 'stopped' },
  // Its process still ends; that is what the removal waits for.
  stopped: {},
};

/** The state after an event. An event that means nothing in a state leaves it as it is. */
export function nextState(state: PartState, event: PartEvent): PartState {
  return transitions[state][event] ?? state;
}

/** Whether a part in this state should have a process. */
export function shouldRun(state: PartState): boolean {
  return state === 'up' || state === 'waiting';
}
