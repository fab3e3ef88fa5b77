import { accessSync, constants, existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { defineKind } from '../../engine/step.ts';
import { sync } from '../../tools/whole-file.ts';
import { requireWritable } from '../writable.ts';

export const folder = defineKind({
  name: 'folder',
  inputs: z.object({
    path: z.string(),
    /** everything inside is ours and goes with it; else the folder goes only when it is empty */
    whole: z.boolean(),
    /** files beside it that go with it */
    files: z.array(z.string()),
  }),

  check: async (inputs) => Promise.resolve(existsSync(inputs.path) && isWritable(inputs.path) ? {} : undefined),

  run: async (inputs) => {
    requireWritable(inputs.path);
    // What is synced in it later must be found again after a power cut.
    sync(dirname(inputs.path));
    return Promise.resolve({});
  },

  undo: async (inputs) => {
    for (const file of inputs.files) rmSync(file, { force: true });
    if (inputs.whole) rmSync(inputs.path, { recursive: true, force: true, maxRetries: 5 });
    else if (existsSync(inputs.path) && readdirSync(inputs.path).length === 0) rmdirSync(inputs.path);
    return Promise.resolve();
  },
});

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
