import { Fault } from '../errors.ts';
import type { Entry, Journal } from './journal.ts';
import { inOrder, requireWhole } from './order.ts';
import type { AnyKind, Step, StepContext, StepFacts, StepResult } from './step.ts';

/** What happens to a step, for those who show it. */
export type StepEvent =
  | { event: 'step'; id: string; title: string; minor?: boolean; state: 'started' }
  | {
      event: 'step';
      id: string;
      title: string;
      minor?: boolean;
      state: 'done' | 'unchanged' | 'removed';
      detail?: string;
      seconds: number;
    }
  | { event: 'step'; id: string; title: string; minor?: boolean; state: 'failed'; error: string; seconds: number }
  | { event: 'progress'; id: string; text: string; done?: boolean }
  | { event: 'note'; id: string; text: string };

export interface Run<Session = unknown> {
  journal: Journal<Session>;
  session: Session;
  signal: AbortSignal;
  onEvent: (event: StepEvent) => void;
}

/** A second round is rare, a third one means that a part died twice. */
const mostRounds = 5;

/**
 * Makes every step that is not there yet, each as soon as those it needs are there, and repeats that until nothing changes any more: a
 * step can ask for another round, and one that died while others were made takes them with it. Steps the journal remembers and the plan
 * no longer holds are undone first. With `keepOthers` the plan is only a part: what it needs besides is there already.
 * @throws Fault the first one of a round; nothing new starts after it, and what runs is awaited
 */
export async function applySteps<Session>(
  steps: Step<unknown, Session>[],
  run: Run<Session>,
  options: { keepOthers?: boolean } = {},
): Promise<{ changed: string[] }> {
  if (options.keepOthers !== true) {
    requireWhole(steps);
    const declared = new Set(steps.map((step) => step.id));
    const others = run.journal.all().filter((entry) => !declared.has(entry.id));
    if (others.length > 0) await undoSteps(others, run);
  }

  const changed = new Set<string>();
  for (let round = 1; ; round += 1) {
    const { made, unsettled, failure } = await applyRound(steps, run);
    made.forEach((id) => changed.add(id));
    if (run.signal.aborted)
      throw new Fault('interrupted', 'stopped', { next: 'Run the same command again: it goes on where it stopped.' });
    if (unsettled.length === 0) {
      if (failure !== undefined) throw failure as Error;
      return { changed: [...changed] };
    }
    if (round === mostRounds) throw (failure as Error | undefined) ?? unsettledFault(unsettled, run.journal.path);
  }
}

function unsettledFault(unsettled: StepFacts[], where: string): Fault {
  const titles = unsettled.map((step) => step.title).join(', ');
  return new Fault(
    'part',
    `the lake does not settle: after ${String(mostRounds)} rounds there is still a change in ${titles}`,
    {
      where,
      next: 'See "cryptodm status" and "cryptodm logs" for what ends the parts, then run the same command again.',
    },
  );
}

interface Round {
  /** ids of the steps that were made */
  made: string[];
  /** why there must be another round: these died meanwhile, or changed what others were made from */
  unsettled: StepFacts[];
  /** the first failure */
  failure: unknown;
}

/** Checks each step and makes what is missing. */
async function applyRound<Session>(steps: Step<unknown, Session>[], run: Run<Session>): Promise<Round> {
  const made: string[] = [];
  const again: StepFacts[] = [];
  const there: Step<unknown, Session>[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const finished = new Map<string, Promise<void>>();
  let failure: unknown;
  const make = async (step: Step<unknown, Session>): Promise<void> => {
    await Promise.all(step.needs.map((need) => finished.get(need)));
    if (failure !== undefined || run.signal.aborted) throw new Fault('interrupted', 'stopped');
    const result = await makeStep(step, { ...run, signal });
    there.push(step);
    if (result === 'unchanged') return;
    made.push(step.id);
    if (result.again === true) again.push(step);
  };
  for (const step of inOrder(steps)) {
    const promise = make(step).catch((error: unknown) => {
      failure ??= error;
      stop.abort(error);
      throw error;
    });
    promise.catch(() => undefined);
    finished.set(step.id, promise);
  }
  await Promise.allSettled(finished.values());
  await run.journal.settled();
  const lost = there.filter(({ kind, inputs }) => kind.lives?.(inputs) === false);
  return { made, unsettled: failure === undefined ? [...again, ...lost] : lost, failure };
}

/** Makes a step unless it is there. @returns what its kind said of making it */
async function makeStep<Session>(
  step: Step<unknown, Session>,
  run: Run<Session>,
): Promise<StepResult<unknown> | 'unchanged'> {
  const { kind } = step;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const entry = run.journal.get(step.id);
  const remembered = entry?.kind === kind.name ? entry : undefined;
  run.onEvent({ event: 'step', id: step.id, title: step.title, minor: step.minor, state: 'started' });
  try {
    const context = contextOf(step, run, takeAll(step, run.journal));
    const found = await kind.check(step.inputs, remembered?.outputs, context);
    if (found !== undefined) {
      if (remembered?.state !== 'stands' || !sameInputs(remembered, step))
        run.journal.put(step, 'stands', found.outputs);
      run.onEvent({
        event: 'step',
        id: step.id,
        title: step.title,
        minor: step.minor,
        state: 'unchanged',
        detail: found.detail,
        seconds: seconds(),
      });
      return 'unchanged';
    }
    run.journal.put(step, 'making', remembered?.outputs);
    await run.journal.settled();
    const made = await kind.run(step.inputs, context);
    run.journal.put(step, 'stands', made.outputs);
    run.onEvent({
      event: 'step',
      id: step.id,
      title: step.title,
      minor: step.minor,
      state: 'done',
      detail: made.detail,
      seconds: seconds(),
    });
    return made;
  } catch (error) {
    run.onEvent({
      event: 'step',
      id: step.id,
      title: step.title,
      minor: step.minor,
      state: 'failed',
      error: (error as Error).message,
      seconds: seconds(),
    });
    throw error;
  }
}

/**
 * Undoes remembered steps in the reverse order of their needs. Goes on after a failure, keeps what remains in the journal, and throws one
 * fault that lists every failure. Stops between two steps when it is interrupted.
 */
export async function undoSteps<Session>(entries: Entry[], run: Run<Session>): Promise<void> {
  const failures: string[] = [];
  const downwards = entries.map((entry) => ({ ...entry, needs: [...entry.needs, ...(entry.before ?? [])] }));
  for (const entry of inOrder(downwards).reverse()) {
    if (run.signal.aborted) break;
    const started = performance.now();
    run.onEvent({ event: 'step', id: entry.id, title: entry.title, minor: entry.minor, state: 'started' });
    try {
      const kind = run.journal.kindOf(entry);
      const context = contextOf(entry, run, takeKnown(kind, entry, run.journal));
      await kind.undo(entry.inputs, entry.outputs, context);
      run.journal.drop(entry.id);
      const seconds = (performance.now() - started) / 1000;
      run.onEvent({ event: 'step', id: entry.id, title: entry.title, minor: entry.minor, state: 'removed', seconds });
    } catch (error) {
      const message = (error as Error).message;
      failures.push(`${entry.title}: ${message}`);
      const seconds = (performance.now() - started) / 1000;
      run.onEvent({
        event: 'step',
        id: entry.id,
        title: entry.title,
        minor: entry.minor,
        state: 'failed',
        error: message,
        seconds,
      });
    }
  }
  await run.journal.settled();
  if (run.signal.aborted)
    throw new Fault('interrupted', 'stopped', { next: 'Run the same command again: it goes on with what remains.' });
  if (failures.length > 0) {
    throw new Fault('part', failures.join('\n'), { next: 'Run "cryptodm down" again: it goes on with what remains.' });
  }
}

function contextOf<Taken, Session>(step: StepFacts, run: Run<Session>, taken: Taken): StepContext<Taken, Session> {
  return {
    signal: run.signal,
    taken,
    session: run.session,
    note: (text) => {
      run.onEvent({ event: 'note', id: step.id, text });
    },
    progress: (text) => {
      run.onEvent({ event: 'progress', id: step.id, text: `${step.title}: ${text}` });
    },
  };
}

/** The outputs that a step takes from others. @throws Fault of kind `part` when one is not known */
function takeAll(step: Step<unknown, never>, journal: Pick<Journal, 'get'>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(step.kind.takes).map(([name, schema]) => {
      const from = step.takes[name];
      const read = schema.safeParse(from === undefined ? undefined : journal.get(from)?.outputs);
      if (read.success) return [name, read.data];
      throw new Fault('part', `${step.title} needs what the step ${from ?? name} reports, and that is not known`, {
        next: 'Run "cryptodm up" again.',
        cause: read.error,
      });
    }),
  );
}

/** As much of that as is known: what is removed may be half made. */
function takeKnown(kind: AnyKind, entry: Entry, journal: Pick<Journal, 'get'>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(kind.takes).flatMap(([name, schema]) => {
      const read = schema.safeParse(journal.get(entry.takes[name] ?? '')?.outputs);
      return read.success ? [[name, read.data]] : [];
    }),
  );
}

function sameInputs(entry: Entry, step: Step<unknown, never>): boolean {
  return asWritten(entry.inputs) === asWritten(step.inputs);
}

/** As the journal holds it, with keys in one order: a schema may have put them in another. */
function asWritten(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}
