import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { defineKind } from '../../engine/step.ts';
import { SupervisorClient } from '../supervisor/client.ts';
import { readJobProgress } from '../../tools/progress.ts';
import { awaitAnswer, onceIn } from '../../tools/waiting.ts';

const inputs = z.object({
  data: z.string(),
  /** the part that runs them */
  part: z.string(),
  /** what a person calls each job */
  titles: z.array(z.string()),
  /** progress file of each job */
  files: z.array(z.string()),
  /** files of the jobs whose first trigger takes as long as what has piled up: it is enough that these are at work */
  unhurried: z.array(z.string()),
});

type Inputs = z.infer<typeof inputs>;

const triggeredWithinMs = 180_000;
/** Timeout of a job that is at work, once all others have triggered. */
const unhurriedWithinMs = 20_000;
/** A job that is at work says so every 10 s. */
const heardWithinMs = 30_000;

/** How often to ask the supervisor whether the jobs' process is still alive. */
const lookEveryMs = 500;

/** The stream jobs: they are up when each has ended a trigger since its process started. */
export const jobs = defineKind({
  name: 'jobs',
  inputs,

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
        return performance.now() - othersDoneAt > unhurriedWithinMs && left.every(isAtWork) ? true : undefined;
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
});

function isAtWork(file: string): boolean {
  const at = Date.parse(readJobProgress(file)?.at ?? '');
  return Date.now() - at < heardWithinMs;
}

/** Files of the jobs that have not triggered yet. @throws Fault when the supervisor has given the process up */
async function pending(inputs: Inputs): Promise<string[]> {
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
