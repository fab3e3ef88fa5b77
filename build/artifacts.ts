// "npm run artifacts": writes jars/artifacts.lock and jars/servers.lock again. Run it after a change of a version, and read the difference.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { listServerJars, serverLockFile } from '../src/local/setup/servers.ts';
import { hashOf, lockFile } from '../src/toolchain/artifact-lock.ts';
import { packageModules, readDependencies } from '../src/toolchain/jars.ts';
import { findJdk } from '../src/toolchain/jdk.ts';
import { thisMachine } from '../src/toolchain/machine.ts';
import { findMaven } from '../src/toolchain/maven.ts';

const packageFolder = join(import.meta.dirname, '..');

/** The folder that all files are below: Maven's repository, because its groups begin with different words. */
function commonFolder(files: string[]): string {
  let folder = dirname(files[0] ?? '');
  while (!files.every((file) => file.startsWith(`${folder}${sep}`))) folder = dirname(folder);
  return folder;
}

const machine = thisMachine(process.env);
const jdk = findJdk(machine);
const tools = { jdk, maven: await findMaven(machine, jdk) };
const cache = mkdtempSync(join(tmpdir(), 'cryptodm-artifacts-'));
try {
  const sources = { packageFolder, cache };
  const build = join(cache, 'build');
  await packageModules(sources, build, tools, () => undefined);
  const servers = await listServerJars(sources, tools);
  const jars = [...new Set([...readDependencies(build), ...Object.values(servers).flat()])];
  const repository = commonFolder(jars);
  const placeOf = (jar: string) => relative(repository, jar).split(sep).join('/');
  const places = jars.map((jar) => ({ jar, place: placeOf(jar) }));
  const lines = await Promise.all(places.map(async ({ jar, place }) => `${await hashOf(jar)}  ${place}\n`));
  const byPlace = (one: string, other: string) => (one.slice(66) < other.slice(66) ? -1 : 1);
  writeFileSync(lockFile(packageFolder), lines.sort(byPlace).join(''));
  const parts = Object.entries(servers).flatMap(([id, its]) => its.map((jar) => `${id}  ${placeOf(jar)}\n`));
  writeFileSync(serverLockFile(packageFolder), parts.sort().join(''));
  process.stdout.write(
    `${String(lines.length)} artifacts are in ${relative(process.cwd(), lockFile(packageFolder))}\n`,
  );
} finally {
  rmSync(cache, { recursive: true });
}
