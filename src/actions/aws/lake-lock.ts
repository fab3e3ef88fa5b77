import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { takeLock } from '../../engine/lock.ts';
import { Fault } from '../../errors.ts';
import { deleteObject, readObject, writeObject } from '../../tools/aws/objects.ts';
import { identify, isAlive } from '../../tools/process-identity.ts';
import type { AwsLake } from './lake.ts';

/** Who works on the lake, as the lock object says it. A holder that stopped renewing is gone. */
interface Holder {
  id: string;
  who: string;
  command: string;
  until: string;
}

const key = 'lock.json';
const holdSeconds = 120;

/** Keeps other runs on this machine away. @returns what releases it */
export function lockHere(lake: AwsLake, command: string): () => void {
  const self = identify(process.pid);
  return takeLock(lake.layout.lock, { pid: process.pid, started: self?.started ?? '', command }, isAlive);
}

/**
 * Keeps runs on other machines away, by an object in the state bucket that is renewed while we work.
 * @returns what releases it
 * @throws Fault of kind `locked` that names the holder
 */
export async function lockEverywhere(lake: AwsLake, command: string): Promise<() => Promise<void>> {
  const { place, bucket } = lake;
  const self = { id: randomUUID(), who: `${userInfo().username}@${hostname()}`, command };
  const text = () =>
    JSON.stringify({ ...self, until: new Date(Date.now() + holdSeconds * 1000).toISOString() } satisfies Holder);
  const standing = await readObject(place, bucket.name, key);
  const holder = standing === undefined ? undefined : (JSON.parse(standing.text) as Holder);
  // Whoever holds the lock file of this machine is the only one here: a lock of ours is a leftover.
  if (holder !== undefined && holder.until > new Date().toISOString() && holder.who !== self.who) throw isHeld(holder);
  let etag = await writeObject(place, bucket.name, key, text(), standing?.etag ?? 'absent');
  if (etag === undefined) {
    const first = await readObject(place, bucket.name, key);
    throw isHeld(first === undefined ? undefined : (JSON.parse(first.text) as Holder));
  }
  const renewal = setInterval(
    () => {
      void writeObject(place, bucket.name, key, text(), etag)
        .then((next) => {
          etag = next ?? etag;
        })
        // The next renewal tries again; two misses are within the time held.
        .catch(() => undefined);
    },
    (holdSeconds / 4) * 1000,
  );
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await deleteObject(place, bucket.name, key).catch(() => undefined);
  };
}

function isHeld(holder: Holder | undefined): Fault {
  const who = holder === undefined ? 'somebody' : `${holder.who} (${holder.command})`;
  return new Fault('locked', `another run works on this lake: ${who}`, {
    where: `s3 ${key}`,
    next: 'Wait for it to end; a run that was killed gives the lake free after two minutes.',
    facts: { ...holder },
  });
}
