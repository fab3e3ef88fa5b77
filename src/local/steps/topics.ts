import * as z from 'zod';
import { defineKind } from '../../engine/step.ts';
import { countGenerations, type Generations } from '../../lake/generations.ts';
import { brokerSchema } from '../../tools/broker.ts';
import { alignTopics, compareTopics } from '../../tools/kafka.ts';
import { readGenerations, writeGenerations, type Made } from './generations-file.ts';

const inputs = z.object({
  broker: brokerSchema,
  topics: z.array(
    z.object({
      name: z.string(),
      partitions: z.number(),
      replication: z.number(),
      config: z.record(z.string(), z.string()),
    }),
  ),
  /** see the inputs of `spec` */
  generations: z.string(),
});

type Inputs = z.infer<typeof inputs>;

/** The topics with their partitions and settings, such as how long they keep records. */
export const topics = defineKind({
  name: 'topics',
  inputs,

  check: async (inputs) => {
    const generations = readGenerations(inputs.generations);
    if (inputs.topics.some(({ name }) => generations[name]?.made !== true)) return undefined;
    const { missing, altered } = await compareTopics(inputs.broker, inputs.topics);
    return missing.length + altered.length === 0 ? { detail: names(inputs) } : undefined;
  },

  run: async (inputs, { note }) => {
    let again = false;
    await alignTopics(inputs.broker, inputs.topics, (missing) => {
      const known = readGenerations(inputs.generations);
      // One that was made before was deleted behind our back.
      const mark = { made: false };
      const { generations, counted } = countGenerations(known, missing, { isNew: ({ made }) => made, mark });
      const gone = counted.filter((name) => known[name] !== undefined);
      if (counted.length > 0) writeGenerations(inputs.generations, tellGone(generations, gone, note));
      again = counted.length > 0;
    });
    writeGenerations(inputs.generations, markMade(readGenerations(inputs.generations), inputs));
    // The spec holds the generations: it was written before this one rose.
    return { again, detail: names(inputs) };
  },

  // They go with the broker's storage.
  undo: async () => Promise.resolve(),
});

/** That topics were deleted behind our back: in the generations, for `status`, and as a note. */
function tellGone(
  generations: Generations<Made>,
  names: readonly string[],
  note: (text: string) => void,
): Generations<Made> {
  const told = names.flatMap((name) => {
    const counted = generations[name];
    if (counted === undefined) return [];
    const reason = `there was no topic ${name} any more, it is created again`;
    note(`${reason} as generation ${String(counted.generation)}`);
    return [[name, { ...counted, renewal: { at: new Date().toISOString(), lost: 0, reason } }] as const];
  });
  return { ...generations, ...Object.fromEntries(told) };
}

function markMade(generations: Generations<Made>, { topics: made }: Inputs): Generations<Made> {
  const marked = made.flatMap(({ name }) => {
    const counted = generations[name];
    return counted === undefined ? [] : [[name, { ...counted, made: true }] as const];
  });
  return { ...generations, ...Object.fromEntries(marked) };
}

function names(inputs: Inputs): string {
  return inputs.topics.map((topic) => topic.name).join(', ');
}
