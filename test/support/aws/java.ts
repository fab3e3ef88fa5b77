import { createHash } from 'node:crypto';
import { constants, copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { cacheFolder, isComplete, listFiles, publishFolder } from '../../../src/toolchain/cache.ts';
import { buildJars, type BuiltJars } from '../../../src/toolchain/jars.ts';
import { findJdk } from '../../../src/toolchain/jdk.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { classpathGoal, findMaven, runMaven } from '../../../src/toolchain/maven.ts';
import { fetchServers, readProperties, type Server, type ServerId } from '../../../src/local/setup/servers.ts';

const packageFolder = join(import.meta.dirname, '../../..');
const machine = thisMachine(process.env);

/** Cache folder of files that only tests need. */
export const testCache = join(cacheFolder(machine), 'test');

/** The Java of all test processes. @throws Fault of kind `environment` when there is none */
export function javaHome(): string {
  return findJdk(machine).home;
}

async function toolchain() {
  const jdk = findJdk(machine);
  return { jdk, maven: await findMaven(machine, jdk) };
}

const sources = { packageFolder, cache: cacheFolder(machine) };

/** The servers' jars; fetches missing ones. */
export async function prepareServers(): Promise<Record<ServerId, Server>> {
  return fetchServers(sources, toolchain, () => undefined);
}

/** Our jars of the present sources; builds missing ones. */
export async function prepareJars(): Promise<BuiltJars> {
  return buildJars(sources, toolchain, () => undefined);
}

/** Builds `jars/brokers` once for each version of its sources. @returns path of the jar */
export async function buildBrokers(): Promise<string> {
  const folder = join(import.meta.dirname, 'jars/brokers');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
  const place = placeOf('brokers', files);
  if (!isComplete(place)) {
    await publishFolder(place, async (temporary) => {
      const build = mkdtempSync(join(tmpdir(), 'cryptodm-brokers-'));
      try {
        // A copy, because the package folder may be read-only, and two runs may build at the same time.
        cpSync(folder, build, { recursive: true });
        await maven(build, ['package'], build);
        copyFileSync(join(build, 'target/brokers.jar'), join(temporary, 'brokers.jar'));
      } finally {
        rmSync(build, { recursive: true });
      }
    });
  }
  return join(place, 'brokers.jar');
}

/** Fetches the jars that a cluster has in addition to Spark, once. @returns their paths */
export async function fetchClusterJars(): Promise<string[]> {
  return fetchJars('cluster');
}

/** Fetches what compares classes with a library, once. @returns paths of its jars */
export async function fetchLinkChecker(): Promise<string[]> {
  return fetchJars('linkage');
}

/** Fetches the compiler of Spark's Scala, once. @returns paths of its jars */
export async function fetchScalaCompiler(): Promise<string[]> {
  return fetchJars('glue');
}

/** Our equivalent of Lambda's managed Java runtime. */
export interface LambdaRuntime {
  /** path of `java` */
  command: string;
  /** class path of AWS's client of the runtime API */
  runtime: string;
}

/** Fetches AWS's runtime client for functions in Java, once. */
export async function prepareLambdaRuntime(): Promise<LambdaRuntime> {
  return { command: join(javaHome(), 'bin/java'), runtime: (await fetchJars('lambda-runtime')).join(delimiter) };
}

/** Fetches the dependencies of `jars/<name>/pom.xml` once for each version of it. @returns paths of the jars */
async function fetchJars(name: string): Promise<string[]> {
  const folder = join(import.meta.dirname, 'jars', name);
  const place = placeOf(name, [join(folder, 'pom.xml')]);
  if (!isComplete(place)) {
    await publishFolder(place, async (temporary) => {
      const lists = mkdtempSync(join(tmpdir(), `cryptodm-${name}-`));
      try {
        await maven(folder, [classpathGoal, `-Dmdep.outputFile=${join(lists, 'jars')}`], lists);
        for (const jar of readFileSync(join(lists, 'jars'), 'utf8').trim().split(delimiter))
          copyFileSync(jar, join(temporary, basename(jar)), constants.COPYFILE_FICLONE);
      } finally {
        rmSync(lists, { recursive: true });
      }
    });
  }
  return listFiles(place).map((path) => join(place, path));
}

function versions(): Record<string, string> {
  const all = readProperties(readFileSync(join(packageFolder, 'jars/pom.xml'), 'utf8'));
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.endsWith('.version')));
}

/** The cache folder for this content of some files and the versions that they refer to. */
function placeOf(name: string, files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const text = readFileSync(file, 'utf8');
    hash
      .update(`${basename(file)}\0`)
      .update(text.replace(/\$\{([\w.]+)\}/g, (all, key: string) => versions()[key] ?? all));
  }
  return join(testCache, `${name}-${hash.digest('hex').slice(0, 12)}`);
}

async function maven(folder: string, goals: string[], cwd: string): Promise<void> {
  const { jdk, maven } = await toolchain();
  const properties = Object.entries(versions()).map(([name, value]) => `-D${name}=${value}`);
  await runMaven(maven, {
    jdk,
    task: `Building ${basename(folder)} of the tests`,
    args: ['--file', join(folder, 'pom.xml'), ...properties, ...goals],
    cwd,
    log: join(testCache, `${basename(folder)}-${String(process.pid)}.log`),
    onLine: () => undefined,
  });
}
