import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../whole-file.ts';
import type { RawSettings } from './schema.ts';

/** The flags a lake was raised with: they hold for every later command until it is taken down. */
function file(data: string): string {
  return join(data, 'run', 'flags.json');
}

export function readRemembered(data: string): RawSettings {
  try {
    return JSON.parse(readFileSync(file(data), 'utf8')) as RawSettings;
  } catch {
    return {};
  }
}

/** What is remembered before anything is made, and so before anything is known of it. */
export function forget(data: string): void {
  for (const path of [file(data), `${file(data)}.new`]) rmSync(path, { force: true });
}

export function remember(data: string, flags: RawSettings): void {
  replaceFile(file(data), `${JSON.stringify(flags, null, 1)}\n`);
}
