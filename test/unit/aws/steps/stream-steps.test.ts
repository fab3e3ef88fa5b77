import assert from 'node:assert/strict';
import { streamSteps as kind, type Cluster } from '../../../../src/aws/steps/stream-steps.ts';
import type { EmrStep } from '../../../../src/aws/services/emr.ts';
import type { JobProgress } from '../../../../src/tools/progress.ts';

describe('the stream jobs of a lake in an account', () => {
  it('ask for another round when one stands still because its topic went back: only another spec lets it go on', async () => {
    const steps: EmrStep[] = [];
    const unknown = { created: undefined, ended: undefined, reason: undefined };
    const where = { recreated: false, from: { 0: 60 }, ends: {} };
    const cluster: Cluster = {
      argumentsOf: (job) => [job.mainClass],
      list: async () => Promise.resolve(steps),
      submit: async (_, submitted) => {
        for (const { name, args } of submitted) {
          steps.push({ id: `s-${name}`, name, args, state: 'RUNNING', ...unknown });
        }
        return Promise.resolve();
      },
      retire: async () => Promise.resolve(),
      kill: async () => Promise.resolve(),
      orderlyMs: 0,
      progress: async () =>
        Promise.resolve({
          ...{ triggered: false, at: new Date(Date.now() + 1000).toISOString() },
          wentBack: { topic: 'trades', generation: 1, ...where, lost: 65, reason: 'it is shorter' },
        } as unknown as JobProgress),
      withinMs: 5000,
    };
    const infrastructure = { cluster_id: 'j-1' } as never;
    const made = await kind.run(
      { jobs: [{ id: 'trades-iceberg', jar: 'a.jar', mainClass: 'A', sha256: 'ab' }] },
      {
        signal: new AbortController().signal,
        session: { cluster },
        taken: { infrastructure, spec: { hash: 'one' } },
        note: () => undefined,
        progress: () => undefined,
      },
    );
    assert.equal(made.again, true);
    assert.deepEqual(made.outputs, { spec: 'one' });
  });
});
