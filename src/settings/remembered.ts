import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

export function remember(data: string, flags: RawSettings): void {
  const path = file(data);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(flags, null, 1)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
