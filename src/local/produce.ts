import { Fault } from '../errors.ts';
import { Journal } from '../engine/journal.ts';
import { applySteps, undoSteps } from '../engine/run.ts';
import type { Step } from '../engine/step.ts';
import type { DaemonInputs } from './steps/daemon.ts';
import { stepKinds } from './steps/kinds.ts';
import { SupervisorClient } from './supervisor/client.ts';
import { layOut } from './layout.ts';
import type { ProducerId } from './parts/producer.ts';
import { runTask } from './parts/task.ts';
import { lockLake } from './lake-lock.ts';
import { localProducer } from './parts/lake-parts.ts';
import { prepare } from './setup/preparation.ts';
import { secretNames } from '../settings/secret-names.ts';
import { requireSpec } from './standing-lake.ts';
import type { Work } from '../work.ts';

/** Arguments of a producer by name, such as `rate`; those that are undefined are left out. */
export type ProducerOptions = Record<string, string | undefined>;

export interface Produced {
  sent: number;
  acknowledged: number;
  failed: number;
  /** last acknowledged offset, by partition */
  offsets: Record<string, number>;
}

/** Starts producers in the background, or starts those that run anew with other options. */
export async function startProducers(
  work: Work,
  which: readonly ProducerId[],
  options: ProducerOptions,
): Promise<void> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const kit = await prepare(work, { extensions: false });
  const release = lockLake(layout, 'cryptodm produce');
  try {
    const journal = Journal.open(layout.journal);
    await requireBroker(work);
    const steps = which.map((id): Step => {
      const daemon = localProducer(id, kit, work.settings, layout, producerArgs(id, options));
      const { keys } = work.settings.alpaca;
      const inputs: DaemonInputs = {
        data: layout.data,
        daemon,
        files: [],
        secrets: secretNames,
        secretsFile: keys,
        spec: true,
      };
      return { id: daemon.id, kind: 'daemon', title: daemon.title, needs: [], before: ['spark', 'topics'], inputs };
    });
    // The rest of the lake stays as it is.
    await applySteps(
      steps,
      { kinds: stepKinds, journal, signal: work.signal, onEvent: work.onEvent },
      { keepOthers: true },
    );
  } finally {
    release();
  }
}

export async function stopProducers(work: Work, which: readonly ProducerId[]): Promise<void> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const release = lockLake(layout, 'cryptodm produce --stop');
  try {
    const journal = Journal.open(layout.journal);
    const entries = journal.all().filter((entry) => which.some((id) => entry.id === `producer-${id}`));
    await undoSteps(entries, { kinds: stepKinds, journal, signal: work.signal, onEvent: work.onEvent });
  } finally {
    release();
  }
}

/** Runs one producer here until it ends by itself. */
export async function runProducer(work: Work, id: ProducerId, options: ProducerOptions): Promise<Produced> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const kit = await prepare(work, { extensions: false });
  await requireBroker(work);
  const started = performance.now();
  const { command, args, env } = localProducer(id, kit, work.settings, layout, producerArgs(id, options));
  // Its own progress file is that of the one in the background.
  const file = args.indexOf('--progress-file');
  const lines = await runTask(
    { command, args: args.toSpliced(file, 2), env },
    {
      what: `producing ${id}`,
      signal: work.signal,
      onLine: (line) => {
        const event = line as { event: string; source?: string; reason?: string; sent?: number; acknowledged?: number };
        if (event.event === 'source')
          work.onEvent({ event: 'source', source: event.source ?? '', reason: event.reason ?? '' });
        if (event.event === 'progress') {
          const seconds = (performance.now() - started) / 1000;
          work.onEvent({
            event: 'progress',
            id: 'produce',
            text: `${id}: ${String(event.acknowledged)} of ${String(event.sent)} acknowledged, ${seconds.toFixed(0)} s`,
          });
        }
      },
    },
  );
  const done = lines.find((line) => (line as { event?: string }).event === 'done');
  if (done === undefined) throw new Fault('part', `the producer of ${id} ended without its counts`);
  const { sent, acknowledged, failed, offsets } = done as Produced;
  return { sent, acknowledged, failed, offsets };
}

/** Quotes and trades know different options; what one does not know goes to the other only. */
function producerArgs(id: ProducerId, options: ProducerOptions): string[] {
  const known = id === 'quotes' ? undefined : ['coins', 'rate', 'seed', 'count', 'duration'];
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined || known?.includes(name) === false ? [] : [`--${name}`, value],
  );
}

/** @throws Fault of kind `part` when the broker is not up */
export async function requireBroker(work: Work): Promise<void> {
  const parts = await new SupervisorClient(work.settings.paths.data).parts();
  if (parts.some((part) => part.daemon.id === 'kafka' && part.state === 'up')) return;
  throw new Fault('part', 'the broker is not up', { next: 'Run "cryptodm up" first.' });
}
