import { readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { asDeclared, defineKind } from '../../engine/step.ts';
import type { Command, Refill, Schedule } from '../supervisor/schedules.ts';
import { replaceFile } from '../../tools/whole-file.ts';

const inputs = z.object({
  /** the supervisor reads it when it has changed */
  file: z.string(),
  schedules: z.array(asDeclared<Schedule>()),
  /** what repairs the lake; journals of earlier versions do not have it */
  up: asDeclared<Command>().optional(),
  /** what fetches lost quotes again; journals of earlier versions do not have it */
  refill: asDeclared<Refill>().optional(),
  /** what fills an index that was made again; journals of earlier versions do not have it */
  fill: asDeclared<Command>().optional(),
});

/** The commands that the supervisor runs: some again and again, those that repair the lake and its index, and the one that fetches what was lost. */
export const schedules = defineKind({
  name: 'schedules',
  inputs,

  check: async (inputs) => Promise.resolve(written(inputs.file) === render(inputs) ? {} : undefined),

  run: async (inputs) => {
    replaceFile(inputs.file, render(inputs));
    return Promise.resolve({});
  },

  undo: async ({ file }) => {
    rmSync(file, { force: true });
    return Promise.resolve();
  },
});

function render({ schedules: all, up, refill, fill }: z.infer<typeof inputs>): string {
  return `${JSON.stringify({ schedules: all, up, refill, fill }, null, 1)}\n`;
}

function written(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
