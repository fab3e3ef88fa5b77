import { readObject, writeObject } from './objects.ts';
import type { AwsConnection } from './connection.ts';

/** The object in S3 that holds a lease. */
export interface LeaseObject {
  connection: AwsConnection;
  bucket: string;
  key: string;
}

/** A right that one holder has until a time, as an object in S3. The note of its last holder can be read after its end. */
export interface Lease<Note> {
  holder: string;
  /** UTC, ISO 8601; after that any process may take it */
  until: string;
  note: Note;
}

/** A lease with the version of its object, which a conditional write needs. */
export interface HeldLease<Note> extends Lease<Note> {
  etag: string;
}

export type LeaseAnswer<Note> = { held: HeldLease<Note> } | { busy: Lease<Note> };

/** Key in the artifacts bucket of the lease of the maintenance: one process at a time rewrites tables. */
export const optimizeLeaseKey = 'optimize/lease.json';

/** The lease as it is; undefined when there never was one. */
export async function readLease<Note>(where: LeaseObject): Promise<HeldLease<Note> | undefined> {
  const object = await readObject(where.connection, where.bucket, where.key);
  return object === undefined ? undefined : { ...(JSON.parse(object.text) as Lease<Note>), etag: object.etag };
}

export function isHeld(lease: Lease<unknown>, now = new Date()): boolean {
  return lease.until > now.toISOString();
}

/**
 * Takes the lease when it is free or its time is over. Of two processes that try at once one gets it, by S3's conditional writes
 * ("Conditional requests" of the S3 User Guide).
 * @param seconds how long, unless it is renewed
 */
export async function acquireLease<Note>(
  where: LeaseObject,
  holder: string,
  seconds: number,
  note: Note,
): Promise<LeaseAnswer<Note>> {
  for (;;) {
    const standing = await readLease<Note>(where);
    if (standing !== undefined && isHeld(standing)) return { busy: standing };
    const held = await writeLease(where, { holder, until: after(seconds), note }, standing?.etag ?? 'absent');
    if (held !== undefined) return { held };
  }
}

/** Extends a lease from now on and updates its note. @returns undefined when another process has written it since */
export async function renewLease<Note>(
  where: LeaseObject,
  held: HeldLease<Note>,
  seconds: number,
  note = held.note,
): Promise<HeldLease<Note> | undefined> {
  return writeLease(where, { holder: held.holder, until: after(seconds), note }, held.etag);
}

/** Gives a lease back; the note stays. @returns whether it was still held */
export async function releaseLease<Note>(
  where: LeaseObject,
  held: HeldLease<Note>,
  note = held.note,
): Promise<boolean> {
  return (await writeLease(where, { holder: held.holder, until: after(0), note }, held.etag)) !== undefined;
}

async function writeLease<Note>(
  { connection, bucket, key }: LeaseObject,
  lease: Lease<Note>,
  expected: string,
): Promise<HeldLease<Note> | undefined> {
  const etag = await writeObject(connection, bucket, key, `${JSON.stringify(lease, null, 1)}\n`, expected);
  return etag === undefined ? undefined : { ...lease, etag };
}

function after(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/**
 * Takes a lease and renews it in the background, so that it lasts as long as this process works.
 * @returns what gives it back, or who holds it
 */
export async function holdLease<Note>(
  where: LeaseObject,
  given: { holder: string; seconds: number; note: Note },
): Promise<{ release: () => Promise<void> } | { busy: Lease<Note> }> {
  const answer = await acquireLease(where, given.holder, given.seconds, given.note);
  if ('busy' in answer) return answer;
  let { held } = answer;
  let renewing = Promise.resolve();
  const renewal = setInterval(
    () => {
      // One renewal that fails is within the time held: the next one tries again.
      renewing = renewLease(where, held, given.seconds).then(
        (renewed) => void (held = renewed ?? held),
        () => undefined,
      );
    },
    (given.seconds / 4) * 1000,
  );
  renewal.unref();
  return {
    release: async () => {
      clearInterval(renewal);
      await renewing;
      await releaseLease(where, held);
    },
  };
}
