import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import { accountsFolder } from '../settings/accounts-folder.ts';
import { readLakeId } from './identity.ts';
import type { Layout } from './layout.ts';
import { javaCommand, partEnv } from './parts/jvm.ts';
import { realPath } from './supervisor/marks.ts';

/** A folder with other things in it must not be filled and, later, emptied. @throws Fault of kind `environment` */
export function refuseForeignFolder(layout: Layout): void {
  if (!existsSync(layout.data) || isLakeFolder(layout)) return;
  let names: string[];
  try {
    names = readdirSync(layout.data);
  } catch (error) {
    throw new Fault('environment', `can't read ${layout.data}: ${(error as NodeJS.ErrnoException).code ?? ''}`, {
      where: layout.data,
      next: 'Make the folder readable, or choose another with --data DIR.',
      cause: error,
    });
  }
  // Also what a run left that was killed while it wrote: a draft of the journal, a lock that it took over.
  const drafts = ['journal.json.new', 'credential', 'credential.new'];
  const ours = ['lock', 'logs', 'run', 'tmp', ...drafts, accountsFolder];
  const foreign = names.find((name) => !ours.includes(name) && !/^lock\.\d+\.old$/.test(name));
  if (foreign === undefined) return;
  throw new Fault('environment', `${layout.data} is not empty and holds no lake (there is ${foreign})`, {
    where: layout.data,
    next: 'Choose an empty folder with --data DIR or "paths.data" in cryptodm.yaml.',
  });
}

/** Whether a lake was raised in the folder, by any of the files that say so. */
export function isLakeFolder(layout: Layout): boolean {
  const remembers = [layout.journal, layout.generations, layout.catalog].some((file) => existsSync(file));
  // The id comes before all of them.
  return remembers || readLakeId(layout) !== undefined;
}

/** An entry of a journal as far as it is needed of any version, also of one that this version refuses. */
interface PeekedEntry {
  id?: string;
  state?: string;
  inputs?: { path?: unknown };
}

/** The entries of the journal; none of one that can't be read. */
export function peekJournal({ journal }: Layout): PeekedEntry[] {
  try {
    const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries?: PeekedEntry[] };
    return Array.isArray(entries) ? entries : [];
  } catch {
    return [];
  }
}

/** The folder of the lake that the journal speaks of, where that is another one than the journal's own; undefined when it is not, or unknown. */
export function copiedFrom(layout: Layout): string | undefined {
  const { data } = layout;
  const known = peekJournal(layout).find(({ id }) => id === 'folder')?.inputs?.path;
  return typeof known === 'string' && realPath(known) !== realPath(data) ? known : undefined;
}

/** What a copy remembers, processes and folders, is the other lake's: neither started nor removed by this one. @throws Fault of kind `environment` */
export function refuseCopy(layout: Layout): void {
  const from = copiedFrom(layout);
  if (from === undefined) return;
  throw new Fault('environment', `${layout.data} was copied or moved from the lake in ${from}`, {
    where: layout.journal,
    next: `Put it back to ${from}: its tables name their files by these paths. A copy that nobody needs can be deleted as it is.`,
  });
}

/**
 * What some server or library takes for syntax in a path: SQLite the question mark, DuckDB the double quote, globs the brackets, lists the
 * comma. A line break ends a setting; U+FFFD stands for bytes that are no UTF-8.
 */
const syntax = /[\p{Cc}\uFFFD?*[\]{},\\#"]/u;

/** @throws Fault of kind `environment` for a folder whose name a part of the lake would read as something else */
export function refuseUnusablePath({ data }: Layout): void {
  const found = syntax.exec(data)?.[0];
  if (found === undefined) return;
  const shown = found === '\uFFFD' ? 'bytes that are no UTF-8' : JSON.stringify(found);
  throw new Fault('environment', `the servers can't work in a folder with ${shown} in its path`, {
    where: data,
    next: 'Choose another with --data DIR or "paths.data" in cryptodm.yaml.',
  });
}

/** A JVM writes paths in the encoding of its locale. @throws Fault of kind `environment` where it has no locale with these letters */
export function requireReadablePath({ data }: Layout, javaHome: string): void {
  if (/^[\x00-\x7f]*$/.test(data)) return;
  const { stderr } = spawnSync(javaCommand(javaHome), ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
    env: partEnv,
  });
  if (/sun\.jnu\.encoding = UTF-8/i.test(stderr)) return;
  throw new Fault('environment', 'Java can’t write this path here: the system has no locale C.UTF-8', {
    where: data,
    next: 'Install the locale C.UTF-8, or choose a folder of plain letters with --data DIR.',
  });
}
