import { Fault } from '../errors.ts';
import type { Caller } from '../work.ts';
import { runTask, type Task } from './parts/task.ts';

/** What every task prints that asks a history, a line each; see `docs/contracts.md`. */
export interface HistoryLine {
  event: string;
  asked?: number;
  acknowledged?: number;
  reason?: string;
}

/** What a run of such a task has done so far. */
interface HistoryDone {
  asked: number;
  refused: string[];
}

export interface HistoryRun<Line extends HistoryLine> {
  done: HistoryDone;
  /** for people, such as "asking the history" */
  what: string;
  /** of what is done so far */
  progress: () => string;
  /** takes the number of records that have arrived */
  arrived: (acknowledged: number) => void;
  /** takes what only this task prints */
  onLine: (line: Line) => void;
  /** what can't be had, and where it was asked for */
  failed: { what: string; where: () => string };
}

/** Runs a task that asks a history. @throws Fault of kind `outside` when the source does not give it */
export async function runHistory<Line extends HistoryLine>(
  caller: Caller,
  task: Task,
  { done, what, progress, arrived, onLine, failed }: HistoryRun<Line>,
): Promise<void> {
  let failure: string | undefined;
  const show = () => {
    caller.onEvent({ event: 'progress', id: 'backfill', text: progress() });
  };
  show();
  try {
    await runTask(task, {
      what,
      signal: caller.signal,
      onLine: (printed) => {
        const line = printed as Line;
        if (line.event === 'history') done.asked = line.asked ?? 0;
        if (line.event === 'progress' || line.event === 'done') arrived(line.acknowledged ?? 0);
        if (line.event === 'refused') done.refused.push(line.reason ?? '');
        if (line.event === 'failed') failure = line.reason;
        onLine(line);
        show();
      },
    });
  } catch (error) {
    if (failure === undefined) throw error;
    throw new Fault('outside', `${failed.what} can’t be had: ${failure}`, {
      where: failed.where(),
      next: 'Try again later: what has arrived stays, and the next run asks for the rest only.',
      facts: { ...done },
      cause: error,
    });
  }
}
