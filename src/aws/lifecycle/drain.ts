import { Fault } from '../../errors.ts';
import type { Journal } from '../../engine/journal.ts';
import { infrastructureStep } from '../lake-steps.ts';
import type { AwsSession } from '../steps/kinds.ts';
import { playbook } from '../steps/playbook.ts';
import { producerServices, stopServices } from '../steps/producer-tasks.ts';
import { streamSteps } from '../steps/stream-steps.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { Work } from '../../work.ts';

export interface Drain {
  journal: Journal<AwsSession>;
  session: Pick<AwsSession, 'play' | 'tasks' | 'cluster'>;
  /** ends the host of the producers, where this machine has no key to stop them on it */
  endHost?: ((id: string) => Promise<void>) | undefined;
  /** milliseconds without a new row after which a job has nothing left to read */
  quietMs: number;
}

const withinMs = 15 * 60_000;

/**
 * Stops the producers and waits until the stream jobs have read all that the topics hold: the topics go with the brokers.
 * @throws Fault of kind `part` when they do not get there
 */
export async function drainTopics(work: Work, { journal, session, endHost, quietMs }: Drain): Promise<void> {
  const { play, tasks, cluster } = session;
  const [processes] = journal.allOf(playbook);
  const [services] = journal.allOf(producerServices);
  const [streams] = journal.allOf(streamSteps);
  const infrastructure = journal.outputsOf(infrastructureStep());
  if ((processes ?? services)?.state !== 'stands' || streams?.state !== 'stands' || infrastructure === undefined)
    return;
  work.onEvent({ event: 'progress', id: 'drain', text: 'stopping the producers' });
  const progress = (text: string) => {
    work.onEvent({ event: 'progress', id: 'drain', text });
  };
  const { signal } = work;
  if (services !== undefined) await stopServices(tasks, infrastructure, services.inputs.units, { signal, progress });
  else if (endHost !== undefined) await endHost(infrastructure.producer_instance_id ?? '');
  else if (processes !== undefined) {
    const stopped = { units: processes.inputs.units.map((unit) => ({ ...unit, enabled: false })), functions: [] };
    await play(infrastructure, stopped, { check: false, signal, progress });
  }
  const since = Date.now();
  const jobs = streams.inputs.jobs.map(({ id }) => id);
  const seen = new Map<string, { rows: number; at: number }>();
  const drained = await awaitAnswer(
    async () => {
      for (const job of jobs) {
        const last = await cluster.progress(job);
        const at = Date.parse(last?.at ?? '');
        const known = seen.get(job);
        // A report from before the producers stopped says nothing.
        if (last === undefined || at < since) continue;
        if (known === undefined || known.rows !== last.rows) seen.set(job, { rows: last.rows, at: Date.now() });
      }
      const busy = jobs.filter((job) => Date.now() - (seen.get(job)?.at ?? Infinity) < quietMs || !seen.has(job));
      progress(`waiting for ${busy.join(', ')}`);
      return busy.length === 0 ? true : undefined;
    },
    { withinMs, everyMs: 1000, signal: work.signal },
  );
  if (drained === undefined) {
    throw new Fault('part', 'the stream jobs do not come to the end of the topics', {
      next: 'See "cryptodm status" and "cryptodm jobs list", then run it again; "cryptodm down" without --keep-data does not wait.',
    });
  }
  work.onEvent({ event: 'progress', id: 'drain', text: 'everything has arrived in the tables', done: true });
}
