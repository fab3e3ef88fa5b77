import { itRuns } from '../support/bench.ts';

describe('benchmarks, in their short form', () => {
  // One that starts a lake, and one that measures a job without a lake.
  itRuns(['startup', 'catchup']);
});
