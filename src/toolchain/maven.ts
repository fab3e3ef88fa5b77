import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../errors.ts';
import { installCommand } from './installs.ts';
import type { Jdk } from './jdk.ts';
import type { Machine } from './machine.ts';

const oldest = [3, 6, 3] as const;

/** Writes the paths of a module's dependencies to the file of `-Dmdep.outputFile`, with the separator of a class path between them. */
export const classpathGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath';

export interface Maven {
  /** path of `mvn` */
  command: string;
  /** such as `3.9.9` */
  version: string;
}

/**
 * The Maven of CRYPTODM_MVN, MAVEN_HOME or PATH. Starts it once for its version (about 0.4 s), so call this only when it is
 * needed.
 *
 * @throws Fault of kind `environment` when there is none or it is too old
 */
export async function findMaven(machine: Machine, jdk: Jdk, signal?: AbortSignal): Promise<Maven> {
  const next = installCommand('maven', machine);
  const command = locateMaven(machine);
  if (command === undefined) throw new Fault('environment', 'Maven is not installed.', { next });
  const asked = await execa(command, ['--version'], {
    env: { JAVA_HOME: jdk.home },
    reject: false,
    cancelSignal: signal,
    stdin: 'ignore',
  });
  throwIfInterrupted(signal);
  const version = /Apache Maven (\d+\.\d+\.\d+)/.exec(asked.stdout)?.[1];
  if (version === undefined) {
    throw new Fault('environment', `${command} does not print its version.`, {
      where: asked.stderr.split('\n')[0] ?? command,
      next,
      cause: asked,
    });
  }
  if (isOlder(version)) {
    throw new Fault('environment', `Maven ${version} is too old: ${oldest.join('.')} or later is needed.`, {
      where: command,
      next,
    });
  }
  return { command, version };
}

export function locateMaven(machine: Machine): string | undefined {
  const { env } = machine;
  const homes = [env.MAVEN_HOME, env.M2_HOME].flatMap((home) => (home ? [join(home, 'bin/mvn')] : []));
  const path = (env.PATH ?? '').split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, 'mvn')]));
  return [...(env.CRYPTODM_MVN ? [env.CRYPTODM_MVN] : []), ...homes, ...path].find((file) => existsSync(file));
}

/** Tools that build and download. Finding them takes time, so callers pass a function that is called only when something is missing. */
export interface BuildTools {
  jdk: Jdk;
  maven: Maven;
}

export interface MavenRun {
  jdk: Jdk;
  args: string[];
  cwd: string;
  /** file for Maven's output; it is removed when the run succeeds */
  log: string;
  /** name of the task in the fault, such as `Building the jars` */
  task: string;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Runs Maven to its end.
 *
 * @throws Fault of kind `outside` when something could not be downloaded, `interrupted` when the signal came, else
 *   `internal`; it holds the first errors and the path of the log
 */
export async function runMaven(maven: Maven, run: MavenRun): Promise<void> {
  mkdirSync(dirname(run.log), { recursive: true });
  const log = openSync(run.log, 'w');
  try {
    // Without --strict-checksums Maven takes a file whose checksum is wrong, and only logs it.
    const flags = ['--batch-mode', '--strict-checksums', '-Dstyle.color=never'];
    const child = execa(maven.command, [...flags, ...run.args], {
      cwd: run.cwd,
      env: { JAVA_HOME: run.jdk.home },
      stdin: 'ignore',
      all: true,
      buffer: false,
      reject: false,
      cancelSignal: run.signal,
      forceKillAfterDelay: 5000,
    });
    for await (const line of child.iterable({ from: 'all' })) {
      writeSync(log, `${line}\n`);
      run.onLine(line);
    }
    const ended = await child;
    throwIfInterrupted(run.signal);
    if (ended.failed) throw failure(run, ended);
  } finally {
    closeSync(log);
  }
  rmSync(run.log, { force: true });
}

function failure(run: MavenRun, cause: unknown): Fault {
  const errors = readFileSync(run.log, 'utf8')
    .split('\n')
    .flatMap((line) => /^\[ERROR\] +(.*\S)/.exec(line)?.[1] ?? [])
    .filter((line) => !/^(To see the full stack|Re-run Maven|For more information|\[Help \d\])/.test(line));
  const text = errors.join('\n');
  const network =
    /Could not transfer|Unknown host|Connection (refused|timed out|reset)|resolve dependencies|could not be resolved|Cannot access/;
  const first = [...new Set(errors)].slice(0, 5).join('\n  ');
  if (network.test(text)) {
    return new Fault('outside', `${run.task} failed: Maven could not download something.\n  ${first}`, {
      where: run.log,
      next: 'Check the connection (and the mirror in ~/.m2/settings.xml), then run the same command again: it goes on where it stopped.',
      cause,
    });
  }
  return new Fault('internal', `${run.task} failed.\n  ${first || 'Maven ended with an error.'}`, {
    where: run.log,
    next: `Read ${run.log}`,
    cause,
  });
}

/** The file and bytes that a line of Maven's output reports as downloaded; undefined for any other line. */
export function readDownload(line: string): { file: string; bytes: number } | undefined {
  const match = /Downloaded from \S+: (\S+) \(([\d.]+) (B|kB|MB|GB)\b/.exec(line);
  if (match === null) return undefined;
  const unit = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[match[3] as 'B' | 'kB' | 'MB' | 'GB'];
  return { file: (match[1] ?? '').replace(/^.*\//, ''), bytes: Math.round(Number(match[2]) * unit) };
}

/** @throws Fault of kind `interrupted` */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Fault('interrupted', 'Interrupted.', { cause: signal.reason });
}

function isOlder(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
