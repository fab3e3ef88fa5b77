import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { defineKind } from '../../engine/step.ts';
import { renewGenerations, type WentBack } from '../../lake/generations.ts';
import { SupervisorClient } from '../supervisor/client.ts';
import { readJobProgress } from '../../tools/progress.ts';
import { awaitAnswer, onceIn } from '../../tools/waiting.ts';
import { readGenerations, writeGenerations } from './generations-file.ts';

const inputs = z.object({
  data: z.string(),
  /** the part that runs them */
  part: z.string(),
  /** what a person calls each job */
  titles: z.array(z.string()),
  /** progress file of each job */
  files: z.array(z.string()),
  /** see the inputs of `spec`; journals of earlier versions do not have it */
  generations: z.string().optional(),
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

/** How long a job may take to say that its topic went back, once another has said so: together they are one start less. */
const othersWithinMs = 5000;

/**
 * The stream jobs: they are up when each has ended a trigger since its process started. Where one stands still because its topic went
 * back, a new generation of that topic is counted.
 */
export const jobs = defineKind({
  name: 'jobs',
  inputs,

  check: async (inputs) => {
    const { left, backs } = await look(inputs);
    return left.length === 0 && backs.length === 0 ? { detail: inputs.titles.join(', ') } : undefined;
  },

  run: async (inputs, { signal, note }) => {
    const client = new SupervisorClient(inputs.data);
    let othersDoneAt: number | undefined;
    let backSince: number | undefined;
    const isTimeToLook = onceIn(lookEveryMs);
    const done = await awaitAnswer(
      async () => {
        const isAnyLeft = inputs.files.some((file) => readJobProgress(file)?.triggered !== true);
        if (isAnyLeft && !isTimeToLook()) return undefined;
        const { left, backs } = await look(inputs);
        if (backs.length > 0) {
          backSince ??= performance.now();
          const silent = left.filter((file) => !inputs.unhurried.includes(file) && wentBack(file) === undefined);
          return silent.length === 0 || performance.now() - backSince > othersWithinMs ? { backs } : undefined;
        }
        if (left.length === 0) return { backs };
        client.requireLife();
        if (!left.every((file) => inputs.unhurried.includes(file))) return undefined;
        othersDoneAt ??= performance.now();
        return performance.now() - othersDoneAt > unhurriedWithinMs && left.every(isAtWork) ? { backs } : undefined;
      },
      { withinMs: triggeredWithinMs, everyMs: 50, signal },
    );
    if (done === undefined) {
      throw new Fault(
        'part',
        `no first trigger of ${(await look(inputs)).left.join(', ')} within ${String(triggeredWithinMs / 1000)} s`,
        {
          next: `See "cryptodm status" and "cryptodm logs ${inputs.part}".`,
        },
      );
    }
    const detail = inputs.titles.join(', ');
    if (inputs.generations === undefined || done.backs.length === 0) return { detail };
    const { generations, renewed } = renewGenerations(
      readGenerations(inputs.generations),
      done.backs,
      new Date().toISOString(),
    );
    writeGenerations(inputs.generations, generations);
    for (const { topic, reason } of renewed)
      note(`${reason}; generation ${String(generations[topic]?.generation)} of ${topic} begins`);
    // The spec holds the generations, and with another one the jobs start again.
    return { again: true, detail };
  },

  undo: async () => Promise.resolve(),
});

function isAtWork(file: string): boolean {
  const at = Date.parse(readJobProgress(file)?.at ?? '');
  return Date.now() - at < heardWithinMs;
}

interface Look {
  /** files of the jobs that have not triggered yet */
  left: string[];
  /** what jobs say of topics for which no new generation was counted yet */
  backs: WentBack[];
}

/** @throws Fault when the supervisor has given the process up */
async function look(inputs: Inputs): Promise<Look> {
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
  const isOfThisProcess = (file: string) => (readJobProgress(file)?.at ?? '') >= since;
  const left = inputs.files.filter((file) => readJobProgress(file)?.triggered !== true || !isOfThisProcess(file));
  const backs = inputs.files.filter(isOfThisProcess).flatMap((file) => wentBack(file) ?? []);
  if (backs.length === 0 || inputs.generations === undefined) return { left, backs: [] };
  const known = readGenerations(inputs.generations);
  return { left, backs: backs.filter(({ topic, generation }) => known[topic]?.generation === generation) };
}

function wentBack(file: string): WentBack | undefined {
  return readJobProgress(file)?.wentBack;
}
