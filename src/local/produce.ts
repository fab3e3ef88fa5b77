import { Fault } from '../errors.ts';
import { Journal } from '../engine/journal.ts';
import { applySteps, undoSteps } from '../engine/run.ts';
import { partStep } from './lake-steps.ts';
import { localKinds } from './steps/kinds.ts';
import { producerPart, producerTask, type ProducerFlags, type ProducerId } from './parts/producer.ts';
import { runTask } from './parts/task.ts';
import { lockLake } from './lake-lock.ts';
import { prepare } from './setup/preparation.ts';
import { requireBroker, requireSpec } from './requirements.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';

export interface Produced {
  sent: number;
  acknowledged: number;
  failed: number;
  /** last acknowledged offset, by partition */
  offsets: Record<string, number>;
}

/** Starts producers in the background; those that run are started again with these flags. */
export async function startProducers(
  lake: LocalLake,
  caller: Caller,
  which: readonly ProducerId[],
  flags: ProducerFlags,
): Promise<void> {
  const { layout } = lake;
  requireSpec(layout);
  const toolchain = await prepare(lake, caller, { extensions: false });
  const release = lockLake(layout, 'cryptodm produce');
  try {
    const journal = Journal.open(layout.journal, localKinds);
    await requireBroker(lake);
    const steps = which.map((id) => partStep(producerPart(lake, toolchain, id, { flags }), layout.data));
    const { signal, onEvent } = caller;
    // The rest of the lake stays as it is.
    await applySteps(steps, { journal, session: { env: caller.env }, signal, onEvent }, { keepOthers: true });
  } finally {
    release();
  }
}

export async function stopProducers(lake: LocalLake, caller: Caller, which: readonly ProducerId[]): Promise<void> {
  const { layout } = lake;
  requireSpec(layout);
  const release = lockLake(layout, 'cryptodm produce --stop');
  try {
    const journal = Journal.open(layout.journal, localKinds);
    const entries = journal.all().filter((entry) => which.some((id) => entry.id === `producer-${id}`));
    const { signal, onEvent } = caller;
    await undoSteps(entries, { journal, session: { env: caller.env }, signal, onEvent });
  } finally {
    release();
  }
}

/** Runs one producer here until it ends by itself. */
export async function runProducer(
  lake: LocalLake,
  caller: Caller,
  id: ProducerId,
  flags: ProducerFlags,
): Promise<Produced> {
  requireSpec(lake.layout);
  const toolchain = await prepare(lake, caller, { extensions: false });
  await requireBroker(lake);
  const started = performance.now();
  const lines = await runTask(producerTask(lake, toolchain, id, { flags }), {
    what: `producing ${id}`,
    signal: caller.signal,
    onLine: (line) => {
      const event = line as { event: string; source?: string; reason?: string; sent?: number; acknowledged?: number };
      if (event.event === 'source')
        caller.onEvent({ event: 'source', source: event.source ?? '', reason: event.reason ?? '' });
      // A line of a recording that is left out, or taken with a correction.
      if (event.event === 'refused') caller.onEvent({ event: 'message', text: event.reason ?? '' });
      if (event.event === 'progress') {
        const seconds = (performance.now() - started) / 1000;
        caller.onEvent({
          event: 'progress',
          id: 'produce',
          text: `${id}: ${String(event.acknowledged)} of ${String(event.sent)} acknowledged, ${seconds.toFixed(0)} s`,
        });
      }
    },
  });
  const done = lines.find((line) => (line as { event?: string }).event === 'done');
  if (done === undefined) throw new Fault('part', `the producer of ${id} ended without its counts`);
  const { sent, acknowledged, failed, offsets } = done as Produced;
  return { sent, acknowledged, failed, offsets };
}
