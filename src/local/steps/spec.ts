import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { asDeclared, defineKind } from '../../engine/step.ts';
import { countGenerations, specGenerations, type Generations } from '../../lake/generations.ts';
import { requireSamePartitions } from '../../lake/partitions.ts';
import type { Lake } from '../../lake/schema.ts';
import { renderSpec, type Spec, type TargetSpec } from '../../lake/spec.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import { readGenerations, writeGenerations } from './generations-file.ts';

const inputs = z.object({
  file: z.string(),
  /** file that counts how often each topic was made; it lies beside the tables and outlives the topics */
  generations: z.string(),
  /** exists once the broker's storage was formatted: as long as it doesn't, every topic will be made as new */
  formatted: z.string(),
  lake: asDeclared<Lake>(),
  place: asDeclared<Omit<TargetSpec, 'generations' | 'begins'>>(),
});

export const specOutputs = z.object({
  /** of the spec's text: a process that runs by another one must be started again */
  hash: z.string(),
});

/** The spec that producers and jobs read, with the generation of each topic counted before the topic can exist. */
export const spec = defineKind({
  name: 'spec',
  inputs,
  outputs: specOutputs,

  check: async (inputs) => {
    if (!existsSync(inputs.formatted)) return Promise.resolve(undefined);
    const text = render(inputs, readGenerations(inputs.generations));
    const same = existsSync(inputs.file) && readFileSync(inputs.file, 'utf8') === text;
    return Promise.resolve(same ? { outputs: { hash: hash(text) } } : undefined);
  },

  run: async (inputs) => {
    const isFormatted = existsSync(inputs.formatted);
    if (isFormatted) requireSamePartitions(inputs.lake, partitionsIn(inputs.file));
    const { generations } = countGenerations(
      readGenerations(inputs.generations),
      inputs.lake.topics.map((topic) => topic.name),
      { isNew: ({ made }) => made && !isFormatted, mark: { made: false } },
    );
    writeGenerations(inputs.generations, generations);
    const text = render(inputs, generations);
    replaceFile(inputs.file, text);
    return Promise.resolve({ outputs: { hash: hash(text) } });
  },

  undo: async () => Promise.resolve(),
});

/** Partitions of the topics that the last spec declared, by name. */
function partitionsIn(file: string): Map<string, number> {
  if (!existsSync(file)) return new Map();
  const { topics } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Spec, 'topics'>;
  return new Map(Object.values(topics).map(({ name, partitions }) => [name, partitions]));
}

function render({ lake, place }: z.infer<typeof inputs>, generations: Generations<unknown>): string {
  return `${JSON.stringify(renderSpec(lake, { ...place, ...specGenerations(generations) }), null, 1)}\n`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
