import { Fault } from '../errors.ts';
import type { Entry, Journal } from './journal.ts';
import type { Step, StepContext, StepKind, StepKinds, StepResult } from './step.ts';

/** What happens to a step, for whoever shows it. */
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

export interface Run {
  kinds: StepKinds;
  journal: Journal;
  signal: AbortSignal;
  onEvent: (event: StepEvent) => void;
}

/**
 * Makes every step that does not stand yet, each as soon as those it needs stand. Steps the journal remembers and the plan no longer
 * holds are undone first, unless others are to be kept. After a failure nothing new starts, what runs is awaited, and the first fault is thrown.
 */
export async function applySteps(
  steps: Step[],
  run: Run,
  options: { keepOthers?: boolean } = {},
): Promise<{ changed: string[] }> {
  checkOrder(steps);
  const declared = new Set(steps.map((step) => step.id));
  const orphans = options.keepOthers === true ? [] : run.journal.all().filter((entry) => !declared.has(entry.id));
  if (orphans.length > 0) await undoSteps(orphans, run);

  const changed: string[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const finished = new Map<string, Promise<void>>();
  let first: unknown;
  const make = async (step: Step): Promise<void> => {
    await Promise.all(step.needs.map((need) => finished.get(need)));
    if (first !== undefined || run.signal.aborted) throw new Fault('interrupted', 'stopped');
    if (await makeStep(step, { ...run, signal })) changed.push(step.id);
  };
  for (const step of inOrder(steps)) {
    const promise = make(step).catch((error: unknown) => {
      first ??= error;
      stop.abort(error);
      throw error;
    });
    promise.catch(() => undefined);
    finished.set(step.id, promise);
  }
  await Promise.allSettled(finished.values());
  await run.journal.settled();
  if (run.signal.aborted)
    throw new Fault('interrupted', 'stopped', { next: 'Run the same command again: it goes on where it stopped.' });
  if (first !== undefined) throw first as Error;
  return { changed };
}

/** True when the step had to be made. */
async function makeStep(step: Step, run: Run): Promise<boolean> {
  const kind = kindOf(step, run.kinds);
  const context = contextOf(step, run);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const remembered = run.journal.get(step.id);
  run.onEvent({ event: 'step', id: step.id, title: step.title, minor: step.minor, state: 'started' });
  try {
    const standing = await kind.check(step.inputs, remembered?.outputs, context);
    if (standing !== undefined) {
      if (remembered?.state !== 'stands' || !sameInputs(remembered, step)) remember(step, run.journal, standing);
      run.onEvent({
        event: 'step',
        id: step.id,
        title: step.title,
        minor: step.minor,
        state: 'unchanged',
        detail: standing.detail,
        seconds: seconds(),
      });
      return false;
    }
    run.journal.put({ ...step, state: 'making', outputs: remembered?.outputs, at: new Date().toISOString() });
    await run.journal.settled();
    const made = await kind.run(step.inputs, context);
    remember(step, run.journal, made);
    run.onEvent({
      event: 'step',
      id: step.id,
      title: step.title,
      minor: step.minor,
      state: 'done',
      detail: made.detail,
      seconds: seconds(),
    });
    return true;
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

function remember(step: Step, journal: Journal, result: StepResult): void {
  journal.put({ ...step, state: 'stands', outputs: result.outputs, at: new Date().toISOString() });
}

/**
 * Undoes remembered steps in the reverse order of their needs. Goes on after a failure, keeps what remains in the journal, and throws one
 * fault that lists every failure. Stops between two steps when it is interrupted.
 */
export async function undoSteps(entries: Entry[], run: Run): Promise<void> {
  const failures: string[] = [];
  const downwards = entries.map((entry) => ({ ...entry, needs: [...entry.needs, ...(entry.before ?? [])] }));
  for (const entry of inOrder(downwards).reverse()) {
    if (run.signal.aborted) break;
    const started = performance.now();
    run.onEvent({ event: 'step', id: entry.id, title: entry.title, minor: entry.minor, state: 'started' });
    try {
      await kindOf(entry, run.kinds).undo(entry.inputs, entry.outputs, contextOf(entry, run));
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

function contextOf(step: Step, run: Run): StepContext {
  return {
    signal: run.signal,
    outputs: (id) => run.journal.get(id)?.outputs,
    note: (text) => {
      run.onEvent({ event: 'note', id: step.id, text });
    },
    progress: (text) => {
      run.onEvent({ event: 'progress', id: step.id, text: `${step.title}: ${text}` });
    },
  };
}

function kindOf(step: Step, kinds: StepKinds): StepKind {
  const kind = kinds[step.kind];
  if (kind === undefined) throw new Fault('internal', `no kind of step is called ${step.kind} (step ${step.id})`);
  return kind;
}

function sameInputs(left: Step, right: Step): boolean {
  return JSON.stringify(left.inputs) === JSON.stringify(right.inputs) && left.kind === right.kind;
}

function checkOrder(steps: Step[]): void {
  const ids = new Set(steps.map((step) => step.id));
  if (ids.size !== steps.length) throw new Fault('internal', 'two steps have the same id');
  for (const step of steps) {
    const missing = step.needs.find((need) => !ids.has(need));
    if (missing !== undefined)
      throw new Fault('internal', `step ${step.id} needs ${missing}, which is not in the plan`);
  }
}

/** Steps so that each comes after those it needs. @throws Fault when needs go in a circle */
export function inOrder<T extends Step>(steps: T[]): T[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const ordered = new Map<string, T>();
  const visit = (step: T, above: string[]): void => {
    if (ordered.has(step.id)) return;
    if (above.includes(step.id))
      throw new Fault('internal', `steps need each other: ${[...above, step.id].join(' -> ')}`);
    for (const need of step.needs) {
      const needed = byId.get(need);
      if (needed !== undefined) visit(needed, [...above, step.id]);
    }
    ordered.set(step.id, step);
  };
  steps.forEach((step) => visit(step, []));
  return [...ordered.values()];
}
