import { Fault } from '../errors.ts';
import { Journal } from '../engine/journal.ts';
import { applySteps, undoSteps } from '../engine/run.ts';
import { partStep } from './lake-steps.ts';
import { localKinds } from './steps/kinds.ts';
import { producerPart, producerTask, type ProducerFlags, type ProducerId } from './parts/producer.ts';
import { runTask } from './parts/task.ts';
import { readProducerProgress } from '../tools/progress.ts';
import { awaitAnswer } from '../tools/waiting.ts';
import type { Part } from './supervisor/parts.ts';
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
    const run = { journal, session: { env: caller.env }, signal, onEvent };
    const { changed } = await applySteps(steps, run, { keepOthers: true });
    if (changed.includes('producer-quotes')) await awaitAcceptance(lake, signal);
  } finally {
    release();
  }
}

/** How long a producer may take until it has sent something or refused to. One of the market may have nothing to send for longer. */
const acceptedWithinMs = 5000;

async function awaitAcceptance(lake: LocalLake, signal: AbortSignal): Promise<void> {
  const { layout, supervisor } = lake;
  await awaitAnswer(
    async () => {
      const parts = await supervisor.parts();
      requireAccepted(parts);
      const since = parts.find(({ daemon }) => daemon.id === 'producer-quotes')?.since;
      const progress = readProducerProgress(layout.producerProgress('quotes'));
      return since === undefined || (progress !== undefined && progress.at > since && progress.sent > 0)
        ? true
        : undefined;
    },
    { withinMs: acceptedWithinMs, everyMs: 100, signal },
  );
}

/**
 * @throws Fault of kind `usage` when the producer of quotes is not started because of its source, its flags or the spec, such as recorded prices
 *   beside simulated ones
 */
export function requireAccepted(parts: readonly Part[]): void {
  const refused = parts.find(({ daemon }) => daemon.id === 'producer-quotes');
  if (refused?.state !== 'failed' || refused.refusal === undefined) return;
  throw new Fault('usage', `${refused.daemon.title} is not started: ${refused.refusal}`, {
    where: refused.daemon.log,
    next: 'Give another source or other coins; "cryptodm produce --stop" takes the producer away.',
  });
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
