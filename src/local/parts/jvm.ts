import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Parts that have a file of JVM arguments in `templates/jvm`. */
export type JvmPart = 'kafka' | 'elasticsearch' | 'spark' | 'producer';

export interface Heap {
  /** megabytes */
  initial: number;
  /** megabytes */
  most: number;
}

/** An AppCDS archive: classes as they lie in memory, so that a start need not parse and verify them again. */
export interface JvmArchive {
  path: string;
  /** `use` does no harm when the file is not there yet; `train` writes it when the process ends in order */
  mode: 'use' | 'train';
}

/** How a JVM is started, whatever runs in it. */
export interface Jvm {
  javaHome: string;
  /** from `readJvmOptions` */
  options: string[];
  heap: Heap;
  archive?: JvmArchive;
  /** folder for temporary files, so that `down` finds them */
  temporary: string;
}

/** Heaps that were measured to be enough for 1,000 events a second. */
export const defaultHeaps: Record<JvmPart, Heap> = {
  kafka: { initial: 48, most: 256 },
  elasticsearch: { initial: 48, most: 256 },
  spark: { initial: 192, most: 768 },
  producer: { initial: 16, most: 96 },
};

/** Arguments of `templates/jvm/<part>.options`: one a line, empty lines and those that begin with # are skipped. */
export function readJvmOptions(templates: string, part: JvmPart): string[] {
  return readFileSync(join(templates, 'jvm', `${part}.options`), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

export function javaCommand(javaHome: string): string {
  return join(javaHome, 'bin/java');
}

/** A heap grows when less than a fifth of it is free after a collection, and gives back what it has beyond: by default 40 % stay free, up to 70 %. */
const heapArgs = ['-XX:MinHeapFreeRatio=20', '-XX:MaxHeapFreeRatio=40'];

/** Gives back once a minute what glibc keeps of native memory that was freed. A JDK from before 17.0.9 does not know it. */
const trimArgs =
  process.platform === 'linux' ? ['-XX:+IgnoreUnrecognizedVMOptions', '-XX:TrimNativeHeapInterval=60000'] : [];

/** The arguments before the class path, the same for every part. */
export function jvmArgs({ options, heap, archive, temporary }: Jvm): string[] {
  return [
    `-Xms${heap.initial}m`,
    `-Xmx${heap.most}m`,
    ...heapArgs,
    ...trimArgs,
    ...options,
    ...(archive === undefined ? [] : archiveArgs(archive)),
    `-Djava.io.tmpdir=${temporary}`,
    // Else JNA makes a folder in the user's cache, and leaves it.
    `-Djna.tmpdir=${temporary}`,
    '-Duser.timezone=UTC',
  ];
}

/**
 * Environment of every process of a lake that is no process of ours: paths of any letters, whatever the locale of the command line was. A JVM
 * knows no other way: it reads its own arguments in the encoding of its locale. And few arenas of native memory: with one for each thread, each
 * keeps what was once needed in it.
 */
export const partEnv: Readonly<Record<string, string>> =
  process.platform === 'linux' ? { LC_ALL: 'C.UTF-8', MALLOC_ARENA_MAX: '2' } : {};

/** Jars in the order given: an archive fits one order only. */
export function classPath(jars: string[]): string {
  return jars.join(delimiter);
}

/**
 * Archives are mapped where they were made for. By default each start puts them elsewhere and corrects every address in them, which takes time, and makes
 * private memory of the whole file: 150 MB of the stream jobs.
 */
const inPlace = ['-XX:+UnlockDiagnosticVMOptions', '-XX:ArchiveRelocationMode=0'];

/** An archive that is missing or does not fit is passed over in silence, so these arguments never depend on its presence. */
function archiveArgs({ path, mode }: JvmArchive): string[] {
  const usual = ['-Xlog:cds=off', '-Xlog:cds+dynamic=off', ...inPlace];
  if (mode === 'train') return [`-XX:ArchiveClassesAtExit=${path}`, ...usual];
  return ['-Xshare:auto', `-XX:SharedArchiveFile=${path}`, ...usual];
}

/** Writing the archive at the end takes a few seconds of processor time. */
export function graceMs(usual: number, archive: JvmArchive | undefined): number {
  return archive?.mode === 'train' ? Math.max(usual, 120_000) : usual;
}
