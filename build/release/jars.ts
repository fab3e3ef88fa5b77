// The jars that a released package carries: those of a lake on this machine, without the sign-in to AWS, and what both producers share only once.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync } from 'fflate';
import { carriedJars, localJarNames, type BuiltJars } from '../../src/toolchain/jars.ts';
import { archive } from '../archive.js';

/** Entries of a jar by name. */
type Entries = Record<string, Uint8Array>;

const shared = 'ProducerShared-1.0';
const producers = ['ProducerCrypto-1.0', 'ProducerTrader-1.0'] as const;
const manifest = 'META-INF/MANIFEST.MF';

/** What the producers load in an account only, by their names. */
const forAccounts = /^(?:io\/cryptodm\/(?:aws|relocated)\/|software\/amazon\/|META-INF\/maven\/software\.amazon)/;

/** Writes the jars of a released package into its folder. */
export function writeCarriedJars(built: BuiltJars, packageFolder: string): void {
  const target = join(packageFolder, carriedJars.folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const whole = localJarNames.filter((name) => !producers.some((producer) => producer === name));
  for (const name of whole) copyFileSync(built.path(`${name}.jar`), join(target, `${name}.jar`));
  const jars = splitJars(producers.map((name) => readJar(built.path(`${name}.jar`))));
  writeFileSync(join(target, `${shared}.jar`), archive(jars.shared));
  for (const [at, name] of producers.entries()) {
    writeFileSync(join(target, `${name}.jar`), archive(addClassPath(jars.own[at] ?? {}, `${shared}.jar`)));
  }
  // Last: without it the jars count for nothing.
  writeFileSync(join(target, carriedJars.hash), built.hash);
}

function readJar(path: string): Entries {
  return unzipSync(readFileSync(path), { filter: ({ name }) => !name.endsWith('/') && !forAccounts.test(name) });
}

/** What is the same in all jars, and what each has besides. */
export function splitJars(jars: readonly Entries[]): { shared: Entries; own: Entries[] } {
  const [first = {}, ...others] = jars;
  const same = ([name, content]: [string, Uint8Array]) =>
    others.every((jar) => jar[name] !== undefined && Buffer.from(content).equals(jar[name]));
  const common = Object.fromEntries(Object.entries(first).filter(same));
  const own = jars.map((jar) => Object.fromEntries(Object.entries(jar).filter(([name]) => !(name in common))));
  return { shared: common, own };
}

/**
 * A jar whose manifest names another one beside it.
 * https://docs.oracle.com/en/java/javase/17/docs/specs/jar/jar.html#class-path-attribute
 */
export function addClassPath(entries: Entries, jar: string): Entries {
  const text = strFromU8(entries[manifest] ?? strToU8('Manifest-Version: 1.0\r\n'));
  if (/^Class-Path:/m.test(text)) throw new Error('the manifest has a class path already');
  return { ...entries, [manifest]: strToU8(`${text.trimEnd()}\r\nClass-Path: ${jar}\r\n\r\n`) };
}
