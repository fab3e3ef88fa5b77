import { Fault } from '../../errors.ts';
import type { StepKind } from '../../engine/step.ts';
import { SupervisorClient } from '../supervisor/client.ts';
import { readJobProgress } from '../../tools/progress.ts';
import { awaitAnswer, onceIn } from '../../tools/waiting.ts';

export interface JobsInputs {
  data: string;
  /** the part that runs them */
  part: string;
  /** what a person calls each job */
  titles: string[];
  /** progress file of each job */
  files: string[];
  /** those among them whose first trigger takes as long as what has piled up: that they are at work is enough */
  unhurried: string[];
}

const triggeredWithinMs = 180_000;
/** How long a job that is at work is waited for, once all others have triggered. */
const patienceMs = 20_000;
/** A job that is at work says so every 10 s. */
const heardWithinMs = 30_000;

/** How often the resident process is asked whether the jobs' process still lives. */
const lookEveryMs = 500;

/** Stands when each job has ended a trigger since its process started. */
export const jobs: StepKind<JobsInputs> = {
  check: async (inputs) => ((await pending(inputs)).length === 0 ? { detail: inputs.titles.join(', ') } : undefined),

  run: async (inputs, { signal }) => {
    const client = new SupervisorClient(inputs.data);
    let othersDoneAt: number | undefined;
    const isTimeToLook = onceIn(lookEveryMs);
    const done = await awaitAnswer(
      async () => {
        const isAnyLeft = inputs.files.some((file) => readJobProgress(file)?.triggered !== true);
        if (isAnyLeft && !isTimeToLook()) return undefined;
        const left = await pending(inputs);
        if (left.length === 0) return true;
        client.requireLife();
        if (!left.every((file) => inputs.unhurried.includes(file))) return undefined;
        othersDoneAt ??= performance.now();
        return performance.now() - othersDoneAt > patienceMs && left.every(isAtWork) ? true : undefined;
      },
      { withinMs: triggeredWithinMs, everyMs: 50, signal },
    );
    if (done === undefined) {
      throw new Fault(
        'part',
        `no first trigger of ${(await pending(inputs)).join(', ')} within ${String(triggeredWithinMs / 1000)} s`,
        {
          next: `See "cryptodm status" and "cryptodm logs ${inputs.part}".`,
        },
      );
    }
    return { detail: inputs.titles.join(', ') };
  },

  undo: async () => Promise.resolve(),
};

function isAtWork(file: string): boolean {
  const at = Date.parse(readJobProgress(file)?.at ?? '');
  return Date.now() - at < heardWithinMs;
}

/** What has not triggered yet. @throws Fault when the process was given up */
async function pending(inputs: JobsInputs): Promise<string[]> {
  const part = (await new SupervisorClient(inputs.data).parts()).find(
    (candidate) => candidate.daemon.id === inputs.part,
  );
  if (part?.state === 'failed') {
    throw new Fault('part', `${part.daemon.title} does not stay up (${part.lastExit ?? 'it ended'})`, {
      where: part.daemon.log,
      next: `See "cryptodm logs ${inputs.part}".`,
    });
  }
  const since = part?.since ?? '';
  return inputs.files.filter((file) => {
    const progress = readJobProgress(file);
    return progress?.triggered !== true || progress.at < since;
  });
}
