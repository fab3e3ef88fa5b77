import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Fault } from '../errors.ts';
import { installCommand } from './installs.ts';
import { readAssignments, type Machine } from './machine.ts';

/** Spark 3.5 fails on later versions; the first is the one that all figures were measured on. */
export const fittingMajors = [17, 21] as const;

export interface Jdk {
  /** what JAVA_HOME would be */
  home: string;
  /** such as `17.0.15` */
  version: string;
  major: number;
  /** whether it has a compiler, which the build of the jars needs */
  compiles: boolean;
}

/** Every Java installation of this machine, preferred ones first; starts no JVM. */
export function listJdks(machine: Machine): Jdk[] {
  const found = new Map<string, Jdk>();
  for (const home of candidates(machine)) {
    const jdk = readJdk(home);
    if (jdk !== undefined && !found.has(jdk.home)) found.set(jdk.home, jdk);
  }
  return [...found.values()];
}

/**
 * The JDK to build and run with: 17 before 21, and among equals the first one.
 *
 * @throws Fault of kind `settings` when CRYPTODM_JAVA_HOME does not fit, `environment` when none does
 */
export function findJdk(machine: Machine): Jdk {
  const named = machine.env.CRYPTODM_JAVA_HOME;
  if (named) return readNamedJdk(named);
  const all = listJdks(machine);
  for (const major of fittingMajors) {
    const fitting = all.find((jdk) => jdk.major === major && jdk.compiles);
    if (fitting !== undefined) return fitting;
  }
  const seen = all.map((jdk) => `${jdk.version}${jdk.compiles ? '' : ' without a compiler'} in ${jdk.home}`);
  throw new Fault('environment', `No JDK ${fittingMajors.join(' or ')} is installed.`, {
    where: seen.length === 0 ? 'found no Java' : `found ${seen.join(', ')}`,
    next: installCommand('jdk', machine),
    facts: { found: all },
  });
}

/** The JDK in a folder; undefined when there is none. */
export function readJdk(home: string): Jdk | undefined {
  try {
    const real = realpathSync(home);
    const version = readAssignments(readFileSync(join(real, 'release'), 'utf8')).JAVA_VERSION ?? '';
    const [first, second] = version.split('.');
    const major = Number.parseInt((first === '1' ? second : first) ?? '', 10);
    if (Number.isNaN(major) || !existsSync(join(real, 'bin/java'))) return undefined;
    return { home: real, version, major, compiles: existsSync(join(real, 'bin/javac')) };
  } catch {
    return undefined;
  }
}

function readNamedJdk(home: string): Jdk {
  const jdk = readJdk(home);
  const majors: readonly number[] = fittingMajors;
  if (jdk !== undefined && jdk.compiles && majors.includes(jdk.major)) return jdk;
  const seen = jdk === undefined ? 'is no JDK' : `is Java ${jdk.version}${jdk.compiles ? '' : ' without a compiler'}`;
  throw new Fault('settings', `CRYPTODM_JAVA_HOME=${home} ${seen}.`, {
    where: 'CRYPTODM_JAVA_HOME',
    next: `Set it to the folder of a JDK ${fittingMajors.join(' or ')}, or unset it to let one be found.`,
  });
}

function* candidates(machine: Machine): Generator<string> {
  const { env, home, root } = machine;
  if (env.JAVA_HOME) yield env.JAVA_HOME;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    try {
      yield dirname(dirname(realpathSync(join(folder, 'java'))));
    } catch {
      // No java in this folder.
    }
  }
  for (const folder of [
    join(root, 'usr/lib/jvm'),
    join(root, 'usr/java'),
    join(home, '.sdkman/candidates/java'),
    join(home, '.jdks'),
    join(home, '.asdf/installs/java'),
    join(home, '.local/share/mise/installs/java'),
  ]) {
    yield* children(folder);
  }
  for (const folder of [
    join(home, 'Library/Java/JavaVirtualMachines'),
    join(root, 'Library/Java/JavaVirtualMachines'),
  ]) {
    for (const child of children(folder)) yield join(child, 'Contents/Home');
  }
  for (const prefix of ['opt/homebrew/opt', 'usr/local/opt', 'home/linuxbrew/.linuxbrew/opt']) {
    for (const name of ['openjdk@17', 'openjdk@21', 'openjdk']) {
      yield join(root, prefix, name, 'libexec/openjdk.jdk/Contents/Home');
      yield join(root, prefix, name, 'libexec');
    }
  }
}

/** Newest names first, so that a later patch of the same major version wins. */
function children(folder: string): string[] {
  try {
    const byNumber = new Intl.Collator('en', { numeric: true });
    return readdirSync(folder)
      .sort((a, b) => byNumber.compare(b, a))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
