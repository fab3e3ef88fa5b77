import * as z from 'zod';
import type { AwsConnection } from './connection.ts';
import { readObject, writeObject } from './objects.ts';

/** What people want of a lake, so that its functions can tell an end on purpose from a failure. */
const intentSchema = z.object({
  /** UTC, when the lake was made first */
  madeAt: z.string(),
  /** end of the time to live; absent: none */
  expiresAt: z.string().optional(),
  /** since when producers should run; absent: they were stopped on purpose, or have not been started yet */
  producingSince: z.string().optional(),
  /** since when all that costs by the hour has gone on purpose; absent: it has not, or not all of it */
  endedAt: z.string().optional(),
  /** what the last message named as not ended yet */
  left: z.array(z.string()).optional(),
});

export type Intent = z.infer<typeof intentSchema>;

/** In the artifacts bucket of the lake. */
export const intentKey = 'intent.json';

/** @returns undefined before the first `up` of the lake has come so far */
export async function readIntent(connection: AwsConnection, artifacts: string): Promise<Intent | undefined> {
  const object = await readObject(connection, artifacts, intentKey);
  return object === undefined ? undefined : intentSchema.parse(JSON.parse(object.text));
}

export async function writeIntent(connection: AwsConnection, artifacts: string, intent: Intent): Promise<void> {
  await writeObject(connection, artifacts, intentKey, `${JSON.stringify(intent, null, 1)}\n`);
}

/**
 * Before anything is made, of a lake that exists: its time to live is now this one, so that an end that was asked for by an earlier one does
 * not remove what is being made.
 */
export async function renewLife(
  connection: AwsConnection,
  artifacts: string,
  expiresAt: string | undefined,
): Promise<void> {
  const known = await readIntent(connection, artifacts);
  if (known === undefined) return;
  const { madeAt, producingSince } = known;
  await writeIntent(connection, artifacts, { madeAt, expiresAt, producingSince });
}
