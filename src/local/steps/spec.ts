import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Fault } from '../../errors.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import type { StepKind } from '../../engine/step.ts';
import type { Lake } from '../../lake/schema.ts';
import { renderSpec, type TargetSpec } from '../../lake/spec.ts';

export interface SpecInputs {
  file: string;
  /** file that counts how often each topic was created anew; it lies beside the tables and outlives the topics */
  generations: string;
  /** exists once the broker's storage was formatted: as long as it doesn't, every topic will be created anew */
  formatted: string;
  lake: Lake;
  place: Omit<TargetSpec, 'generations'>;
}

export interface SpecOutputs {
  /** of the spec's text: whoever runs by another one must be started anew */
  hash: string;
}

/** What is remembered of a topic. `made` is false from the count's rise until the topic exists. */
interface Generation {
  generation: number;
  made: boolean;
}

/** The spec that producers and jobs read, with the generation of each topic counted before the topic can exist. */
export const spec: StepKind<SpecInputs, SpecOutputs> = {
  check: async (inputs) => {
    if (!existsSync(inputs.formatted)) return Promise.resolve(undefined);
    const text = render(inputs, readGenerations(inputs.generations));
    const standing = existsSync(inputs.file) && readFileSync(inputs.file, 'utf8') === text;
    return Promise.resolve(standing ? { outputs: { hash: hash(text) } } : undefined);
  },

  run: async (inputs) => {
    const generations = readGenerations(inputs.generations);
    for (const { name } of inputs.lake.topics) {
      const known = generations[name];
      if (known === undefined || (!existsSync(inputs.formatted) && known.made)) {
        generations[name] = { generation: (known?.generation ?? 0) + 1, made: false };
      }
    }
    writeGenerations(inputs.generations, generations);
    const text = render(inputs, generations);
    replaceFile(inputs.file, text);
    return Promise.resolve({ outputs: { hash: hash(text) } });
  },

  undo: async () => Promise.resolve(),
};

/**
 * Remembers that topics were created. One that had been made before was deleted behind our back: its generation rises.
 * @returns true when a generation rose, so that the spec must be rendered anew
 */
export function recordCreated(file: string, created: string[]): boolean {
  const generations = readGenerations(file);
  let risen = false;
  for (const name of created) {
    const known = generations[name] ?? { generation: 0, made: true };
    risen ||= known.made;
    generations[name] = { generation: known.generation + (known.made ? 1 : 0), made: true };
  }
  if (created.length > 0) writeGenerations(file, generations);
  return risen;
}

function render(inputs: SpecInputs, generations: Record<string, Generation>): string {
  const counted = Object.fromEntries(Object.entries(generations).map(([name, known]) => [name, known.generation]));
  return `${JSON.stringify(renderSpec(inputs.lake, { ...inputs.place, generations: counted }), null, 1)}\n`;
}

export function readGenerations(file: string): Record<string, Generation> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Generation>;
  } catch (error) {
    throw new Fault('environment', `${file} can't be read as the count of topic generations`, {
      where: file,
      next: 'Restore it from a copy: without it newer prices could lose against older ones.',
      cause: error,
    });
  }
}

function writeGenerations(file: string, generations: Record<string, Generation>): void {
  replaceFile(file, `${JSON.stringify(generations, null, 1)}\n`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
