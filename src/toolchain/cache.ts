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

/** A finished folder holds this file: its content and sizes. It is written last. */
const marker = 'complete.json';

interface Listing {
  /** path inside the folder -> bytes */
  files: Record<string, number>;
}

/** Where downloads and builds are kept unless the settings say otherwise (`paths.cache`). */
export function cacheFolder({ env, home }: Machine): string {
  return join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'cryptodm');
}

/** Paths of a finished folder that are missing or have another size; undefined when it was never finished. */
export function findBroken(folder: string): string[] | undefined {
  const listing = readListing(folder);
  if (listing === undefined) return undefined;
  return Object.entries(listing.files).flatMap(([path, bytes]) => {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });
    return found?.size === bytes ? [] : [path];
  });
}

/** Notes that a finished folder is in use, so that `pruneUnused` spares it. */
export function markUsed(folder: string): void {
  try {
    utimesSync(join(folder, marker), new Date(), new Date());
  } catch {
    // A cache that can only be read serves as well.
  }
}

/** Removes finished folders in `parent` that nobody used for some days. */
export function pruneUnused(parent: string, days: number): void {
  for (const name of readdirSync(parent)) {
    const used = statSync(join(parent, name, marker), { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && Date.now() - used > days * 24 * 3600 * 1000)
      rmSync(join(parent, name), { recursive: true });
  }
}

/** A stat for each file, so cheap enough for each start. */
export function isComplete(folder: string): boolean {
  return findBroken(folder)?.length === 0;
}

/** Paths of the files of a finished folder, sorted by bytes, so that a class path never changes its order. */
export function listFiles(folder: string): string[] {
  return Object.keys(readListing(folder)?.files ?? {}).sort();
}

/**
 * Fills a folder beside its place and moves it there in one step, so that nobody ever sees half of it. When two do so at
 * once, one result stays. What is broken in a standing folder is replaced file by file, as a process may be using it.
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
    // Another run was first.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

function repair(temporary: string, folder: string, listing: Listing): void {
  for (const [path, bytes] of Object.entries(listing.files)) {
    const standing = join(folder, path);
    if (statSync(standing, { throwIfNoEntry: false })?.size === bytes) continue;
    mkdirSync(dirname(standing), { recursive: true });
    rmSync(standing, { recursive: true, force: true });
    renameSync(join(temporary, path), standing);
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

/** Removes what an aborted run left beside the finished folders: its process no longer runs. */
function sweepAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = /^\..+\.(\d+)\.\d+$/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Whether a process of this machine has this number. */
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
    next: 'Make room or give the rights, or name another folder: paths.cache in cryptodm.yaml, or CRYPTODM_PATHS_CACHE.',
    cause,
  });
}
