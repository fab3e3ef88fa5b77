import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault, unwritable } from '../errors.ts';

/** Who holds a lock; `started` tells a process from a later one with the same number. */
export interface LockHolder {
  pid: number;
  started: string;
  command: string;
}

/**
 * Takes a lock for this process; one whose holder is gone is taken over. The lock is a symbolic link to nowhere that says who holds it: a link
 * comes into being whole, where a file would be empty first and pass for an abandoned one.
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
    if (place(path, JSON.stringify(self))) {
      clearAside(path);
      let held = true;
      return () => {
        // Once only: after that it may be another run's.
        if (held) rmSync(path, { force: true });
        held = false;
      };
    }
    const text = read(path);
    const holder = text === undefined ? undefined : parse(text);
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
    setAside(path, self, text);
  }
}

/** Who holds a lock, alive or not; undefined when nobody does. */
export function readHolder(path: string): LockHolder | undefined {
  const text = read(path);
  return text === undefined ? undefined : parse(text);
}

/** False when there is one already. */
function place(path: string, text: string): boolean {
  try {
    symlinkSync(text, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(dirname(path), error);
  }
}

/** Takes an abandoned lock away. Another run may have done so and taken it in the meantime: that one is put back. */
function setAside(path: string, self: LockHolder, abandoned: string | undefined): void {
  const aside = `${path}.${String(self.pid)}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw unwritable(dirname(path), error);
  }
  const found = read(aside);
  if (found !== undefined && found !== abandoned) place(path, found);
  rmSync(aside, { recursive: true, force: true });
}

/** What a run left that was killed just then. */
function clearAside(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(path)}.`) && name.endsWith('.old')) rmSync(join(folder, name), { force: true });
  }
}

/** Undefined when there is none, or something that is no lock of ours. */
function read(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function parse(text: string): LockHolder | undefined {
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return undefined;
  }
}
