import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Fault, isDiskFull, noRoomFor } from '../../errors.ts';
import { identify } from '../../tools/process-identity.ts';
import { dayFolder } from '../../tools/sql/day-column.ts';
import { sync } from '../../tools/whole-file.ts';

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
  /** bytes written so far */
  size: () => number;
  /** Moves it to its place. @returns its bytes @throws Fault as openExport */
  finish: () => number;
  /** Removes what was not finished; so does the end of the process. */
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
  sweep(path);
  const temporary = partialOf(path, String(process.pid));
  try {
    if (how.byDay) mkdirSync(temporary);
    else closeSync(openSync(temporary, 'wx'));
  } catch (error) {
    throw unwritableFile(path, error);
  }
  const discard = () => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', discard);
  return {
    path,
    format,
    byDay: how.byDay,
    temporary,
    size: () => sizeOf(temporary),
    finish: () => {
      checkPlace(path, how);
      try {
        syncAll(temporary);
        const bytes = sizeOf(temporary);
        // A folder can't be replaced in one move.
        if (how.byDay && existsSync(path)) rmSync(path, { recursive: true });
        renameSync(temporary, path);
        sync(dirname(path));
        return bytes;
      } catch (error) {
        throw unwritableFile(path, error);
      }
    },
    discard: () => {
      process.off('exit', discard);
      discard();
    },
  };
}

const partialOf = (path: string, by: string) => join(dirname(path), `.${basename(path)}.${by}.partial`);

/** Removes what killed exports to the same file have left. */
function sweep(path: string): void {
  const [start = '', end = ''] = basename(partialOf(path, '\n')).split('\n');
  for (const name of readdirSync(dirname(path))) {
    const by = name.startsWith(start) && name.endsWith(end) ? name.slice(start.length, -end.length) : '';
    if (/^\d+$/.test(by) && identify(Number(by)) === undefined)
      rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
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

/** A file that the user named and that can't be written. */
export function unwritableFile(path: string, cause: unknown): Fault {
  if (isDiskFull(cause)) return noRoomFor(path, cause);
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new Fault('environment', `can't write ${path}: ${code === '' ? message : code}`, {
    where: path,
    next: 'Choose a folder that you may write to.',
    cause,
  });
}

function sizeOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return found?.size ?? 0;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Makes a file, or a folder with all that is in it, last through a power cut. */
function syncAll(path: string): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) syncAll(join(path, name));
  sync(path);
}
