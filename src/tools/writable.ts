import { accessSync, constants, mkdirSync } from 'node:fs';
import { Fault } from '../errors.ts';

/** Makes sure of a folder that can be written. @throws Fault of kind `environment` */
export function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

export function unwritable(folder: string, error: unknown): Fault {
  return new Fault('environment', `can't write to ${folder}: ${(error as NodeJS.ErrnoException).code ?? ''}`, {
    where: folder,
    next: 'Make the folder writable, or choose another with --data DIR or "paths.data" in cryptodm.yaml.',
    cause: error,
  });
}
