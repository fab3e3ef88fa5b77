import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../tools/whole-file.ts';
import type { RawSettings } from './schema.ts';

/** Where scheduled commands find the settings of `up`. Never a secret. */
export interface SettingsOrigin {
  cwd: string;
  /** the settings file that was named */
  config?: string | undefined;
  env: Record<string, string>;
}

export function originFile(data: string): string {
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

/** The flags of `up`: they hold for every later command until the lake is taken down. */
export function flagsFile(data: string): string {
  return join(data, 'run', 'flags.json');
}

export function readRemembered(data: string): RawSettings {
  try {
    return (JSON.parse(readFileSync(flagsFile(data), 'utf8')) as RawSettings | null) ?? {};
  } catch {
    return {};
  }
}

/** Removes the remembered flags and origin, which `up` writes before it makes anything. */
export function forget(data: string): void {
  for (const path of [flagsFile(data), originFile(data)]) {
    for (const written of [path, `${path}.new`]) rmSync(written, { force: true });
  }
}

export function remember(data: string, flags: RawSettings): void {
  replaceFile(flagsFile(data), `${JSON.stringify(flags, null, 1)}\n`);
}
