import { itRuns } from '../support/bench.ts';

describe('benchmarks, in their short form', () => {
  // One that raises a lake, and one that measures a job without it.
  itRuns(['startup', 'catchup']);
});
