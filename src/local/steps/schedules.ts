import { readFileSync, rmSync } from 'node:fs';
import type { StepKind } from '../../engine/step.ts';
import type { Schedule } from '../supervisor/schedules.ts';
import { replaceFile } from '../../tools/whole-file.ts';

export interface SchedulesInputs {
  /** the resident process reads it when it has changed */
  file: string;
  schedules: Schedule[];
}

/** What the resident process is to run again and again. */
export const schedules: StepKind<SchedulesInputs> = {
  check: async (inputs) => Promise.resolve(standing(inputs.file) === render(inputs) ? {} : undefined),

  run: async (inputs) => {
    replaceFile(inputs.file, render(inputs));
    return Promise.resolve({});
  },

  undo: async ({ file }) => {
    rmSync(file, { force: true });
    return Promise.resolve();
  },
};

function render({ schedules: all }: SchedulesInputs): string {
  return `${JSON.stringify({ schedules: all }, null, 1)}\n`;
}

function standing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
