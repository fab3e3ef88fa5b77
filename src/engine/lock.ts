import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault, unwritable } from '../errors.ts';

/** Who holds a lock; `started` tells a process from a later one with the same number. */
export interface LockHolder {
  pid: number;
  started: string;
  command: string;
}

/**
 * Takes a lock file for this process; one whose holder is gone is taken over.
 * @returns what releases it
 * @throws Fault of kind `locked` that names the holder
 */
export function takeLock(path: string, self: LockHolder, isAlive: (holder: LockHolder) => boolean): () => void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(dirname(path), error);
  }
  for (let tries = 0; ; tries += 1) {
    try {
      placeWhole(path, self);
      return () => {
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(dirname(path), error);
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) {
      throw new Fault('locked', `another run works on this lake: ${holder.command} (pid ${String(holder.pid)})`, {
        where: path,
        next: 'Wait for it to end, or stop it with Ctrl-C there.',
        facts: { pid: holder.pid, command: holder.command },
      });
    }
    if (tries > 3)
      throw new Fault('locked', `can't take the lock ${path}`, {
        where: path,
        next: 'Remove the file when no run is going on.',
      });
    setAside(path, self, holder);
  }
}

/** Puts the lock there with all that it says, or not at all: one that is half written would pass for an abandoned one. */
function placeWhole(path: string, self: LockHolder): void {
  const draft = `${path}.${String(self.pid)}`;
  try {
    writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
    linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Takes an abandoned lock away. Another run may have done so and taken it in the meantime: that one is put back. */
function setAside(path: string, self: LockHolder, abandoned: LockHolder | undefined): void {
  const aside = `${path}.${String(self.pid)}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw unwritable(dirname(path), error);
  }
  const found = readHolder(aside);
  const same = found?.pid === abandoned?.pid && found?.started === abandoned?.started;
  try {
    if (!same) linkSync(aside, path);
  } catch (error) {
    // A third run was quicker; this one finds that lock next.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(dirname(path), error);
  } finally {
    rmSync(aside, { force: true });
  }
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}
