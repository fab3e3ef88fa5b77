/** What is remembered of a topic: how often it was made, and whatever tells a target that it must be made again. */
export type Counted<Mark> = Mark & { generation: number };

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

/** The generations alone, as the spec holds them. */
export function generationNumbers(generations: Generations<unknown>): Record<string, number> {
  return Object.fromEntries(Object.entries(generations).map(([name, { generation }]) => [name, generation]));
}
