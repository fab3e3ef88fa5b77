import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { StepKind } from '../engine/step.ts';

export interface FolderInputs {
  path: string;
  /** everything inside is ours and goes with it; else the folder goes only when it is empty */
  whole: boolean;
  /** files beside it that go with it */
  files: string[];
}

export const folder: StepKind<FolderInputs> = {
  check: async (inputs) => Promise.resolve(existsSync(inputs.path) && isWritable(inputs.path) ? {} : undefined),

  run: async (inputs) => {
    try {
      mkdirSync(inputs.path, { recursive: true, mode: 0o700 });
      accessSync(inputs.path, constants.W_OK);
    } catch (error) {
      throw new Fault('environment', `can't write to ${inputs.path}: ${(error as NodeJS.ErrnoException).code ?? ''}`, {
        where: inputs.path,
        next: 'Make the folder writable, or choose another with --data DIR or "paths.data" in cryptodm.yaml.',
        cause: error,
      });
    }
    return Promise.resolve({});
  },

  undo: async (inputs) => {
    for (const file of inputs.files) rmSync(file, { force: true });
    if (inputs.whole) rmSync(inputs.path, { recursive: true, force: true, maxRetries: 5 });
    else if (existsSync(inputs.path) && readdirSync(inputs.path).length === 0) rmdirSync(inputs.path);
    return Promise.resolve();
  },
};

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
