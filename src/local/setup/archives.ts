import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJvmOptions, type JvmArchive } from '../parts/jvm.ts';
import { isAlive } from '../../toolchain/cache.ts';
import type { BuiltJars } from '../../toolchain/jars.ts';
import type { Jdk } from '../../toolchain/jdk.ts';
import type { Server, ServerId } from './servers.ts';

/** Each producer has its own jar, so its own archive. */
export const archiveParts = ['kafka', 'elasticsearch', 'spark', 'producer-quotes', 'producer-trades'] as const;
export type ArchivePart = (typeof archiveParts)[number];

/** What an archive depends on: when any of it changes, the JVM would pass the archive over. */
export interface ArchiveSubject {
  part: ArchivePart;
  jdk: Jdk;
  /** jars of the class path (and module path), in the order of the command */
  jars: string[];
  /** arguments of the JVM that are the same at each start; ports and folders of a lake don't belong here */
  options: string[];
}

/** What a lake is raised with. */
export interface ArchiveTools {
  jdk: Jdk;
  servers: Record<ServerId, Server>;
  jars: BuiltJars;
  /** folder of the templates, which hold the JVM arguments */
  templates: string;
}

/** The subjects of all parts. */
export function archiveSubjects(toolchain: ArchiveTools): ArchiveSubject[] {
  return archiveParts.map((part) => archiveSubject(part, toolchain));
}

export function archiveSubject(part: ArchivePart, { jdk, servers, jars, templates }: ArchiveTools): ArchiveSubject {
  const options = readJvmOptions(templates, part.startsWith('producer') ? 'producer' : (part as ServerId));
  const ours: Record<ArchivePart, string[]> = {
    kafka: [jars.path('Broker-1.0.jar')],
    elasticsearch: [jars.path('SearchNode-1.0.jar')],
    spark: jars.spark,
    'producer-quotes': [jars.path('ProducerCrypto-1.0.jar')],
    'producer-trades': [jars.path('ProducerTrader-1.0.jar')],
  };
  const theirs = part.startsWith('producer') ? [] : servers[part as ServerId].jars;
  return { part, jdk, jars: [...theirs, ...ours[part]], options };
}

/** The archive of a part: for `use` whether or not it is there, for `train` a file beside it, see `keepTrained`. */
export function archiveFor(
  part: ArchivePart,
  toolchain: ArchiveTools,
  cache: string,
  mode: JvmArchive['mode'] = 'use',
): JvmArchive {
  const subject = archiveSubject(part, toolchain);
  return mode === 'use' ? usedArchive(cache, subject) : trainedArchive(cache, subject);
}

/** Where the archive of a part belongs: `<cache>/archives/<part>-<key>.jsa`. The file need not be there yet. */
export function archivePath(cache: string, { part, jdk, jars, options }: ArchiveSubject): string {
  const hash = createHash('sha256').update(`${jdk.home} ${jdk.version}\n${options.join('\n')}\n`);
  for (const jar of jars) {
    const { size, mtimeMs } = statSync(jar, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
    // The JVM itself compares path, size and time of each jar.
    hash.update(`${jar} ${size} ${Math.floor(mtimeMs)}\n`);
  }
  return join(archivesFolder(cache), `${part}-${hash.digest('hex').slice(0, 16)}.jsa`);
}

/** For a daemon's usual start. */
export function usedArchive(cache: string, subject: ArchiveSubject): JvmArchive {
  return { path: archivePath(cache, subject), mode: 'use' };
}

/** For a start in a training run, which writes beside the archive's place; `keepTrained` moves it there afterwards. */
export function trainedArchive(cache: string, subject: ArchiveSubject): JvmArchive {
  mkdirSync(archivesFolder(cache), { recursive: true });
  return { path: trainingPath(archivePath(cache, subject)), mode: 'train' };
}

/** Subjects whose archive is not there: a training run of these parts is due. */
export function missingArchives(cache: string, subjects: ArchiveSubject[]): ArchiveSubject[] {
  return subjects.filter((subject) => !existsSync(archivePath(cache, subject)));
}

/**
 * Puts the archive of a training run in its place, once the process has ended in order.
 *
 * @returns its size in bytes; undefined when the process wrote none, which harms nothing
 */
export function keepTrained(cache: string, subject: ArchiveSubject): number | undefined {
  const path = archivePath(cache, subject);
  const written = statSync(trainingPath(path), { throwIfNoEntry: false });
  if (written === undefined || written.size === 0) return undefined;
  renameSync(trainingPath(path), path);
  return written.size;
}

/** Removes archives that no present subject uses (other JDK, other jars) and what aborted training runs left. */
export function pruneArchives(cache: string, subjects: ArchiveSubject[], olderThanMs = 24 * 3600 * 1000): string[] {
  const folder = archivesFolder(cache);
  if (!existsSync(folder)) return [];
  const used = new Set(subjects.map((subject) => archivePath(cache, subject)));
  const removed: string[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    const trainer = /\.(\d+)\.training$/.exec(name)?.[1];
    const abandoned = trainer !== undefined && !isAlive(Number(trainer));
    // Another checkout may use a young one.
    if (!abandoned && (used.has(path) || age < olderThanMs)) continue;
    rmSync(path, { force: true });
    removed.push(path);
  }
  return removed;
}

function archivesFolder(cache: string): string {
  return join(cache, 'archives');
}

function trainingPath(path: string): string {
  return `${path}.${process.pid}.training`;
}
