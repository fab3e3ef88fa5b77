import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Fault, isDiskFull, noRoomFor } from '../../errors.ts';
import { dayFolder } from '../../tools/sql/day-column.ts';

export const exportFormats = ['parquet', 'csv', 'json', 'jsonl'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What is written beside its place, and moved there once it is whole. */
export interface ExportFile {
  /** absolute, as the user named it */
  path: string;
  format: ExportFormat;
  /** a folder with a folder for each day */
  byDay: boolean;
  /** where it is written: a file that exists, or an empty folder */
  temporary: string;
  /** Moves it to its place. @returns its bytes @throws Fault as openExport */
  finish: () => number;
  /** Removes what was not finished. */
  discard: () => void;
}

/**
 * @param to as the user named it; its ending is the format
 * @throws Fault of kind `usage` for an unknown ending, a missing folder, and a file that exists; `environment` where it can't be written
 */
export function openExport(cwd: string, to: string | undefined, how: { byDay: boolean; force: boolean }): ExportFile {
  const next = `Name a file that ends with .${exportFormats.join(', .')}.`;
  if (to === undefined || to === '') throw new Fault('usage', 'there is no file to write to', { where: '--to', next });
  const path = resolve(cwd, to);
  const format = exportFormats.find((known) => extname(path).toLowerCase() === `.${known}`);
  if (format === undefined) throw new Fault('usage', `${to}: unknown ending`, { where: '--to', next });
  checkPlace(path, how);
  const temporary = `${join(dirname(path), `.${basename(path)}`)}.${String(process.pid)}.partial`;
  try {
    if (how.byDay) mkdirSync(temporary);
    else closeSync(openSync(temporary, 'wx'));
  } catch (error) {
    throw notWritable(path, error);
  }
  return {
    path,
    format,
    byDay: how.byDay,
    temporary,
    finish: () => {
      const bytes = sizeOf(temporary);
      checkPlace(path, how);
      try {
        // A folder can't be replaced in one move.
        if (how.byDay && existsSync(path)) rmSync(path, { recursive: true });
        renameSync(temporary, path);
      } catch (error) {
        throw notWritable(path, error);
      }
      return bytes;
    },
    discard: () => rmSync(temporary, { recursive: true, force: true }),
  };
}

function checkPlace(path: string, { byDay, force }: { byDay: boolean; force: boolean }): void {
  const folder = dirname(path);
  if (!existsSync(folder)) {
    throw new Fault('usage', `there is no folder ${folder}`, { where: '--to', next: 'Make it, or choose another.' });
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!force) {
    throw new Fault('usage', `${path} exists already`, {
      where: '--to',
      next: 'Choose another name, or replace it with --force.',
    });
  }
  // A folder that is no export of ours holds more than its name says.
  const ours = found.isDirectory() && readdirSync(path).every((name) => name.startsWith(dayFolder('')));
  if (byDay ? ours : !found.isDirectory()) return;
  throw new Fault('usage', `${path} is ${found.isDirectory() ? 'a folder' : 'a file'}, and is not replaced`, {
    where: '--force',
    next: 'Choose another name, or remove it first.',
  });
}

function notWritable(path: string, cause: unknown): Fault {
  if (isDiskFull(cause)) return noRoomFor(path, cause);
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new Fault('environment', `can't write ${path}: ${code === '' ? message : code}`, {
    where: path,
    next: 'Choose a folder that you may write to.',
    cause,
  });
}

function sizeOf(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
