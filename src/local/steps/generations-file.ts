import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { countedShape, type Generations } from '../../lake/generations.ts';
import { replaceFile } from '../../tools/whole-file.ts';

/** `made` is false from the moment a topic is counted until it exists. */
export interface Made {
  made: boolean;
}

const schema = z.record(z.string(), z.object({ ...countedShape, made: z.boolean() }));

/** How often each topic was made; none before the first `up`. @throws Fault of kind `environment` when the file can't be read */
export function readGenerations(file: string): Generations<Made> {
  if (!existsSync(file)) return {};
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Fault('environment', `${file} can't be read as the count of topic generations`, {
      where: file,
      next: 'Restore it from a copy: without it newer prices could lose against older ones.',
      cause: error,
    });
  }
}

export function writeGenerations(file: string, generations: Generations<Made>): void {
  replaceFile(file, `${JSON.stringify(generations, null, 1)}\n`);
}
