import { hostname, userInfo } from 'node:os';
import { takeLock } from '../../engine/lock.ts';
import { Fault } from '../../errors.ts';
import { holdLease, isHeld, readLease, releaseLease, type Lease, type LeaseObject } from '../services/lease.ts';
import { identify, isAlive } from '../../tools/process-identity.ts';
import type { AwsLake } from '../lake.ts';

/** What the holder does, such as `cryptodm up`. */
interface Note {
  command: string;
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
  const where: LeaseObject = { connection: lake.connection, bucket: lake.bucket.name, key };
  const who = `${userInfo().username}@${hostname()}`;
  const left = await readLease<Note>(where);
  // The holder of this machine's lock file is the only run here: a lock of ours in the bucket is a leftover.
  if (left !== undefined && isHeld(left) && left.holder === who) await releaseLease(where, left);
  const lease = await holdLease<Note>(where, { holder: who, seconds: holdSeconds, note: { command } });
  if ('busy' in lease) throw explainHolder(lease.busy);
  // A lease that can't be given back ends by itself.
  return () => lease.release().catch(() => undefined);
}

function explainHolder({ holder, until, note }: Lease<Note>): Fault {
  return new Fault('locked', `another run works on this lake: ${holder} (${note.command})`, {
    where: `s3 ${key}`,
    next: 'Wait for it to end; the lock of a killed run ends after two minutes.',
    facts: { who: holder, command: note.command, until },
  });
}
