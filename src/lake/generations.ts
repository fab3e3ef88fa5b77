import * as z from 'zod';

/** Where a generation begins in a topic: the first offset of each partition that belongs to it; 0 where a partition is not named. */
export interface Begin {
  generation: number;
  from: Record<string, number>;
}

/** What a job says of a topic that no longer holds what the job has read of it. */
export interface WentBack {
  /** name of the topic */
  topic: string;
  /** the present one when that was found */
  generation: number;
  /** it was deleted, or created again by somebody else; otherwise it has lost its last records */
  recreated: boolean;
  /** where it parts from what was read, by partition */
  from: Record<string, number>;
  /** of the other partitions: there the generation begins where nobody has read yet, so nothing of them is taken for news */
  ends: Record<string, number>;
  /** records that were read and are no longer there */
  lost: number;
  /** for people */
  reason: string;
}

/** Why a generation began without an order of ours. */
export interface Renewal {
  /** UTC */
  at: string;
  lost: number;
  reason: string;
}

/** What is remembered of a topic: how often it was made or cut, and whatever tells a target that it must be made again. */
export type Counted<Mark> = Mark & {
  generation: number;
  /** all whose records stand in it, the first from 0; absent for a single one */
  begins?: Begin[] | undefined;
  /** the last one */
  renewal?: Renewal | undefined;
};

/** The same as each target writes it down, besides its mark. */
export const countedShape = {
  generation: z.int().positive(),
  begins: z
    .array(z.object({ generation: z.int().positive(), from: z.record(z.string(), z.int().nonnegative()) }))
    .optional(),
  renewal: z.object({ at: z.string(), lost: z.number(), reason: z.string() }).optional(),
};

/** By the name of the topic. */
export type Generations<Mark> = Readonly<Record<string, Counted<Mark>>>;

/**
 * Counts the topics that are new: those never counted, and those that a target says will be made again. It is counted before the topic
 * exists, because `revision = generation * 2^40 + offset`: a record of the new topic must win over each one of the old.
 * @param isNew whether a topic that was counted before will be made again
 * @param mark what to remember of a topic that is counted now
 * @returns all generations, and the names of the topics that were counted now
 */
export function countGenerations<Mark>(
  known: Generations<Mark>,
  topics: readonly string[],
  { isNew, mark }: { isNew: (topic: Counted<Mark>, name: string) => boolean; mark: Mark },
): { generations: Generations<Mark>; counted: string[] } {
  const counted = topics.filter((name) => {
    const topic = known[name];
    return topic === undefined || isNew(topic, name);
  });
  const risen = counted.map((name) => [name, { generation: (known[name]?.generation ?? 0) + 1, ...mark }] as const);
  return { generations: { ...known, ...Object.fromEntries(risen) }, counted };
}

/**
 * Begins a generation in each topic that went back, where it parts from what was read. What stands before keeps its generation, so it is
 * never taken for news; what comes after wins over each record that was lost.
 * @param backs what jobs say, also several of one topic; of a generation that is over by now nothing is done
 * @param at UTC
 * @returns all generations, and what was renewed, once a topic
 */
export function renewGenerations<Mark>(
  known: Generations<Mark>,
  backs: readonly WentBack[],
  at: string,
): { generations: Generations<Mark>; renewed: WentBack[] } {
  const present = backs.filter(({ topic, generation }) => known[topic]?.generation === generation);
  const renewed = [...new Set(present.map(({ topic }) => topic))].map((topic) =>
    together(present.filter((back) => back.topic === topic)),
  );
  const risen = renewed.flatMap((back) => {
    const topic = known[back.topic];
    return topic === undefined ? [] : [[back.topic, renew(topic, back, at)] as const];
  });
  return { generations: { ...known, ...Object.fromEntries(risen) }, renewed };
}

/** Of several jobs, the one that lost first decides for each partition, and of those that nobody lost the one that has read on. */
function together(backs: WentBack[]): WentBack {
  const from = combined(
    backs.map((back) => back.from),
    Math.min,
  );
  const ends = combined(
    backs.map((back) => back.ends),
    Math.max,
  );
  const worst = backs.reduce((one, other) => (other.lost > one.lost ? other : one));
  return { ...worst, recreated: backs.some(({ recreated }) => recreated), from, ends };
}

function combined(
  all: Record<string, number>[],
  choose: (one: number, other: number) => number,
): Record<string, number> {
  const chosen: Record<string, number> = {};
  for (const [partition, offset] of all.flatMap((offsets) => Object.entries(offsets)))
    chosen[partition] = choose(offset, chosen[partition] ?? offset);
  return chosen;
}

function renew<Mark>(
  topic: Counted<Mark>,
  { recreated, from, ends, lost, reason }: WentBack,
  at: string,
): Counted<Mark> {
  const generation = topic.generation + 1;
  const before = topic.begins ?? [{ generation: topic.generation, from: {} }];
  const begins = recreated ? undefined : [...before, { generation, from: { ...ends, ...from } }];
  return { ...topic, generation, begins, renewal: { at, lost, reason } };
}

/** The generations alone, as the spec holds them. */
export function specGenerations(generations: Generations<unknown>): {
  generations: Record<string, number>;
  begins: Record<string, Begin[]>;
} {
  const all = Object.entries(generations);
  return {
    generations: Object.fromEntries(all.map(([name, { generation }]) => [name, generation])),
    begins: Object.fromEntries(all.flatMap(([name, { begins }]) => (begins === undefined ? [] : [[name, begins]]))),
  };
}
