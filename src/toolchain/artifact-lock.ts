import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../errors.ts';

/**
 * SHA-256 (hex) of the artifacts that our jars and the servers are made of, by the path of each in a Maven repository. A line of
 * `jars/artifacts.lock` is one of them, in the format of sha256sum(1); `npm run artifacts` writes it.
 */
export type ArtifactLock = ReadonlyMap<string, string>;

export function lockFile(packageFolder: string): string {
  return join(packageFolder, 'jars/artifacts.lock');
}

export function readLock(packageFolder: string): ArtifactLock {
  const lines = readFileSync(lockFile(packageFolder), 'utf8').split('\n');
  return new Map(lines.filter((line) => line !== '').map((line) => [line.slice(66), line.slice(0, 64)]));
}

/**
 * Compares jars of Maven's local repository with the lock.
 *
 * @param jars absolute paths, as the goal `build-classpath` lists them
 * @throws Fault of kind `environment` for a jar that is broken or not the one that this version was tested with, `internal` for a jar that the
 *   lock does not name
 */
export async function requireLocked(lock: ArtifactLock, jars: readonly string[]): Promise<void> {
  const places = new Map<string, string[]>();
  for (const place of lock.keys()) {
    const name = basename(place);
    places.set(name, [...(places.get(name) ?? []), place]);
  }
  for (const jar of jars) {
    const path = jar.split(sep).join('/');
    const place = places.get(basename(jar))?.find((known) => path.endsWith(`/${known}`));
    if (place === undefined) {
      throw new Fault(
        'internal',
        `${basename(jar)} is not in jars/artifacts.lock, so nobody knows its right content.`,
        {
          where: jar,
          next: 'After a change of a version, run "npm run artifacts".',
        },
      );
    }
    const found = await hashOf(jar).catch(() => undefined);
    if (found !== lock.get(place)) {
      throw new Fault(
        'environment',
        `Maven's local repository holds a broken file, or another one than this version was tested with.`,
        {
          where: jar,
          next: `rm ${jar}   # then run the same command again; if the file comes again, do not use the repository that it comes from`,
        },
      );
    }
  }
}

export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
