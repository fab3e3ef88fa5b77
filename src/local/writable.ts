import { accessSync, constants, mkdirSync } from 'node:fs';
import { unwritable } from '../errors.ts';

/** Makes sure of a folder that can be written. @throws Fault of kind `environment` */
export function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}
