import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../tools/whole-file.ts';
import type { RawSettings } from './schema.ts';

/** Where commands that run by themselves find the settings that `up` found. Never a secret. */
export interface SettingsOrigin {
  cwd: string;
  /** the settings file that was named */
  config?: string | undefined;
  env: Record<string, string>;
}

function originFile(data: string): string {
  return join(data, 'run', 'origin.json');
}

export function readOrigin(data: string): SettingsOrigin | undefined {
  try {
    return JSON.parse(readFileSync(originFile(data), 'utf8')) as SettingsOrigin;
  } catch {
    return undefined;
  }
}

export function rememberOrigin(data: string, origin: SettingsOrigin): void {
  replaceFile(originFile(data), `${JSON.stringify(origin, null, 1)}\n`);
}

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
  for (const path of [file(data), originFile(data)]) {
    for (const written of [path, `${path}.new`]) rmSync(written, { force: true });
  }
}

export function remember(data: string, flags: RawSettings): void {
  replaceFile(file(data), `${JSON.stringify(flags, null, 1)}\n`);
}
