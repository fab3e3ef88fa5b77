import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative, sep } from 'node:path';
import { Fault } from '../errors.ts';
import { isComplete, markUsed, pruneUnused, publishFolder } from './cache.ts';
import type { OnSetupEvent } from './events.ts';
import { readLock, requireLocked } from './artifact-lock.ts';
import { classpathGoal, readDownload, runMaven, type BuildTools } from './maven.ts';

/** The jars of this package. Their names are a contract and do not change with its version. */
export const jarNames = [
  'ProducerCrypto-1.0',
  'ProducerTrader-1.0',
  'KafkaConsumerCryptoS3-1.0',
  'KafkaConsumerTraderS3-1.0',
  'KafkaConsumerMarketS3-1.0',
  'KafkaConsumerCryptoElastic-1.0',
  'LakeLayers-1.0',
  'IcebergOptimize-1.0',
  'LakeLocal-1.0',
  'CreateTables-1.0',
  'SearchNode-1.0',
  'SearchGuard-1.0',
  'Broker-1.0',
] as const;
export type JarName = (typeof jarNames)[number];

/** Those that a lake on this machine needs. A released package carries them, so that nothing is built where it is installed. */
export const localJarNames: readonly JarName[] = [
  'ProducerCrypto-1.0',
  'ProducerTrader-1.0',
  'IcebergOptimize-1.0',
  'LakeLocal-1.0',
  'SearchNode-1.0',
  'SearchGuard-1.0',
  'Broker-1.0',
];

/**
 * Jars on the class path of the local jobs beside Spark's own, in this order. LakeLocal holds the jobs; the job jars are for clusters and
 * contain a second Kafka source.
 */
export const sparkJarNames: readonly JarName[] = ['IcebergOptimize-1.0', 'LakeLocal-1.0'];

export interface BuiltJars {
  folder: string;
  /** hash of their sources */
  hash: string;
  path: (jar: `${JarName}.jar`) => string;
  /** jars for `sparkJobs` and `sparkTask` */
  spark: string[];
}

export interface JarSources {
  /** folder of the package: holds `jars`; only read */
  packageFolder: string;
  cache: string;
  /** `local`: those of `localJarNames` are enough, without the sign-in to AWS */
  use?: 'local' | 'account';
}

/** Where a released package has its jars (`build/release/jars.ts` writes them), below its folder. */
export const carriedJars = { folder: 'dist/jars', hash: 'sources.sha256' } as const;

/** Where the jars of the current sources belong, and whether they are there. Takes a few milliseconds. */
export function readJars(sources: JarSources): BuiltJars & { ready: boolean } {
  const hash = hashSources(join(sources.packageFolder, 'jars'));
  const folder = join(sources.cache, 'jars', carries(sources, hash) ? `${hash}-local` : hash);
  const path = (jar: `${JarName}.jar`) => join(folder, jar);
  return { folder, hash, path, spark: sparkJarNames.map((name) => path(`${name}.jar`)), ready: isComplete(folder) };
}

/**
 * Makes sure that the jars are in the cache, built from the current sources.
 *
 * @throws Fault of kind `internal` when the build fails, `outside` when Maven can't download, `environment` when the cache
 *   can't be written
 */
export async function buildJars(
  sources: JarSources,
  toolchain: () => Promise<BuildTools>,
  onEvent: OnSetupEvent,
  signal?: AbortSignal,
): Promise<BuiltJars> {
  const jars = readJars(sources);
  if (jars.ready) {
    markUsed(jars.folder);
    return jars;
  }

  if (carries(sources, jars.hash)) {
    const carried = join(sources.packageFolder, carriedJars.folder);
    await publishFolder(jars.folder, async (temporary) => {
      for (const name of readdirSync(carried)) {
        if (name.endsWith('.jar')) copyFileSync(join(carried, name), join(temporary, name));
      }
    });
    return jars;
  }

  const started = Date.now();
  onEvent({ kind: 'started', what: 'jars', detail: 'building producers and jobs' });
  const tools = await toolchain();
  await publishFolder(jars.folder, async (temporary) => {
    // The folder of the package may be read-only, and two processes may build at once.
    const build = join(sources.cache, 'build', `${jars.hash}-${process.pid}`);
    try {
      await packageModules(sources, build, tools, trackBuild(onEvent), signal);
      await requireLocked(readLock(sources.packageFolder), readDependencies(build));
      collectJars(build, temporary);
    } finally {
      rmSync(build, { recursive: true, force: true });
    }
  });
  // Every change of a source leaves an old folder.
  pruneUnused(join(sources.cache, 'jars'), 14);
  const bytes = jarNames.reduce((sum, name) => sum + statSync(jars.path(`${name}.jar`)).size, 0);
  const seconds = (Date.now() - started) / 1000;
  onEvent({ kind: 'done', what: 'jars', detail: `${jarNames.length} jars`, seconds, bytes });
  return jars;
}

/** Whether the jars are built, or carried by the package: nothing is left for Maven. */
export function hasJars(sources: JarSources): boolean {
  const { ready, hash } = readJars(sources);
  return ready || carries(sources, hash);
}

/** Whether the package carries the jars that are asked for, built from the sources that it has. */
function carries({ packageFolder, use }: JarSources, hash: string): boolean {
  if (use !== 'local') return false;
  try {
    return readFileSync(join(packageFolder, carriedJars.folder, carriedJars.hash), 'utf8') === hash;
  } catch {
    // A checkout has none.
    return false;
  }
}

/** Builds the modules, and lists what they are made of, in a folder of its own. @throws Fault, see `runMaven` */
export async function packageModules(
  sources: JarSources,
  build: string,
  { jdk, maven }: BuildTools,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  copySources(join(sources.packageFolder, 'jars'), build);
  await runMaven(maven, {
    jdk,
    task: 'Building the jars',
    args: ['--file', join(build, 'pom.xml'), '--threads', '1C', 'package', ...listing(build), '-DskipTests'],
    cwd: build,
    log: join(sources.cache, 'logs', `jars-${process.pid}.log`),
    onLine,
    signal,
  });
}

/** SHA-256 of the sources of the jars, shortened: the same wherever the package lies. */
export function hashSources(folder: string): string {
  const hash = createHash('sha256');
  for (const file of listSources(folder)) {
    const content = readFileSync(file);
    hash.update(`${relative(folder, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Files that the build reads: poms and main sources, because tests do not change a jar. */
export function listSources(folder: string): string[] {
  const files: string[] = [];
  const walk = (at: string, depth: number) => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (isSourceFolder(entry.name, depth, at)) walk(path, depth + 1);
      } else if (depth > 1 || entry.name === 'pom.xml') files.push(path);
    }
  };
  walk(folder, 0);
  return files
    .map((path) => relative(folder, path).split(sep).join('/'))
    .sort()
    .map((path) => join(folder, path));
}

/** Follows jars/<module>/src/main/... ; the poms of the servers are not modules. */
function isSourceFolder(name: string, depth: number, parent: string): boolean {
  if (depth === 0) return name !== 'servers' && name !== 'target';
  if (depth === 1) return name === 'src';
  return depth > 2 || (name === 'main' && basename(parent) === 'src');
}

function copySources(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  for (const file of listSources(from)) {
    const target = join(to, relative(from, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

function trackBuild(onEvent: OnSetupEvent): (line: string) => void {
  let bytes = 0;
  let modules = '';
  return (line) => {
    const module = /^\[INFO\] Building (\S+) .*\[(\d+)\/(\d+)\]/.exec(line);
    const download = readDownload(line);
    if (module !== null) modules = `${module[1]} (${module[2]} of ${module[3]})`;
    else if (download !== undefined) bytes += download.bytes;
    else return;
    // Before the first module Maven downloads plugins.
    onEvent({ kind: 'progress', what: 'jars', detail: modules || 'build plugins', ...(bytes > 0 ? { bytes } : {}) });
  };
}

const listFolder = (build: string) => join(build, 'dependencies');

/** Arguments that make Maven list what each module puts into its jar, or runs with. */
function listing(build: string): string[] {
  const file = join(listFolder(build), '${project.artifactId}');
  return [classpathGoal, `-Dmdep.outputFile=${file}`, '-Dmdep.includeScope=runtime'];
}

/** The artifacts that the modules are made of, without the modules themselves. */
export function readDependencies(build: string): string[] {
  const lists = readdirSync(listFolder(build)).map((name) =>
    readFileSync(join(listFolder(build), name), 'utf8').trim(),
  );
  const jars = new Set(lists.flatMap((list) => (list === '' ? [] : list.split(delimiter))));
  return [...jars].filter((jar) => !jar.startsWith(`${build}${sep}`)).sort();
}

function collectJars(build: string, target: string): void {
  const built = new Map<string, string>();
  for (const module of readdirSync(build)) {
    const folder = join(build, module, 'target');
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder)) built.set(file, join(folder, file));
  }
  const missing = jarNames.filter((name) => !built.has(`${name}.jar`));
  if (missing.length > 0)
    throw new Fault('internal', `The build did not produce ${missing.join(', ')}.`, { where: 'jars/pom.xml' });
  for (const name of jarNames) copyFileSync(built.get(`${name}.jar`) ?? '', join(target, `${name}.jar`));
}
