import { longBenchmarks } from '../../sections.js';
import { itRuns } from '../../support/bench.ts';

describe('more benchmarks, in their short form', () => {
  itRuns(longBenchmarks);
});
