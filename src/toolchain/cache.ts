import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../errors.ts';
import type { Machine } from './machine.ts';

/** A complete folder holds this file, with its content and sizes. It is written last. */
const marker = 'complete.json';

interface Listing {
  /** path inside the folder -> bytes */
  files: Record<string, number>;
}

/** The default folder for downloads and builds (`paths.cache`). */
export function cacheFolder({ env, home }: Machine): string {
  return join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'cryptodm');
}

/** Paths of a folder that are missing or have another size; undefined when it was never complete. */
export function findBroken(folder: string): string[] | undefined {
  const listing = readListing(folder);
  if (listing === undefined) return undefined;
  return Object.entries(listing.files).flatMap(([path, bytes]) => {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });
    return found?.size === bytes ? [] : [path];
  });
}

/** Marks a folder as used, so that `pruneUnused` keeps it. */
export function markUsed(folder: string): void {
  try {
    utimesSync(join(folder, marker), new Date(), new Date());
  } catch {
    // A read-only cache works as well.
  }
}

/** Removes complete folders in `parent` that were not used for some days. */
export function pruneUnused(parent: string, days: number): void {
  for (const name of readdirSync(parent)) {
    const used = statSync(join(parent, name, marker), { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && Date.now() - used > days * 24 * 3600 * 1000)
      rmSync(join(parent, name), { recursive: true });
  }
}

/** Whether a folder is complete. One stat for each file: cheap enough for every start. */
export function isComplete(folder: string): boolean {
  return findBroken(folder)?.length === 0;
}

/** Paths of the files of a complete folder, sorted bytewise, so that a class path keeps its order. */
export function listFiles(folder: string): string[] {
  return Object.keys(readListing(folder)?.files ?? {}).sort();
}

/**
 * Fills a temporary folder and moves it to its place in one step, so that it is never seen incomplete. When two processes do so at
 * once, one result stays. Broken files of an existing folder are replaced one by one, because a process may be using the folder.
 *
 * @throws Fault of kind `environment` when the cache can't be written
 */
export async function publishFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const parent = dirname(folder);
  const temporary = join(parent, `.${basename(folder)}.${process.pid}.${Date.now()}`);
  try {
    mkdirSync(parent, { recursive: true });
    sweepAbandoned(parent);
    mkdirSync(temporary);
  } catch (error) {
    throw unwritable(parent, error);
  }
  try {
    await fill(temporary);
    const listing: Listing = { files: measure(temporary) };
    writeFileSync(join(temporary, marker), JSON.stringify(listing, null, 1));
    if (!moveWhole(temporary, folder)) repair(temporary, folder, listing);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw unwritable(parent, error);
    throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function moveWhole(temporary: string, folder: string): boolean {
  if (existsSync(folder)) return false;
  try {
    renameSync(temporary, folder);
    return true;
  } catch (error) {
    // Another process was first.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

function repair(temporary: string, folder: string, listing: Listing): void {
  for (const [path, bytes] of Object.entries(listing.files)) {
    const existing = join(folder, path);
    if (statSync(existing, { throwIfNoEntry: false })?.size === bytes) continue;
    mkdirSync(dirname(existing), { recursive: true });
    rmSync(existing, { recursive: true, force: true });
    renameSync(join(temporary, path), existing);
  }
  renameSync(join(temporary, marker), join(folder, marker));
}

function readListing(folder: string): Listing | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, marker), 'utf8')) as Listing;
  } catch {
    return undefined;
  }
}

function measure(folder: string, below = ''): Record<string, number> {
  const files: Record<string, number> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) Object.assign(files, measure(folder, path));
    else files[path] = statSync(join(folder, path)).size;
  }
  return files;
}

/** Removes temporary folders whose process no longer runs. */
function sweepAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = /^\..+\.(\d+)\.\d+$/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Whether a process with this number runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function unwritable(folder: string, cause: unknown): Fault {
  return new Fault('environment', `The cache folder can't be written: ${(cause as Error).message}`, {
    where: folder,
    next: 'Make room or make it writable, or choose another folder: paths.cache in cryptodm.yaml, or CRYPTODM_PATHS_CACHE.',
    cause,
  });
}
