import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../errors.ts';
import { replaceFile } from '../tools/whole-file.ts';
import type { Layout } from './layout.ts';

/** The user of the lake's login; its password is the token in the file `credential`, which also serves as bearer token. */
export const credentialUser = 'cryptodm';

/** 32 random bytes in base64 for URLs. */
const form = /^[A-Za-z0-9_-]{43}$/;

/** What can be wrong with the file. */
export type CredentialDamage =
  | 'is missing'
  | 'is empty'
  | 'is cut or is no credential'
  | 'is no file'
  | 'belongs to another user'
  | 'can be read by others';

interface Examined {
  /** undefined when it can't be used */
  token?: string | undefined;
  /** a file that others can read can be used all the same */
  damage?: CredentialDamage | undefined;
}

/**
 * The token of the lake.
 * @throws Fault of kind `environment` when there is none, or none of this lake's owner
 */
export function readCredential({ credential }: Layout): string {
  let examined: Examined;
  try {
    examined = examine(credential);
  } catch (error) {
    throw new Fault('environment', `can't read the credential of the lake: ${code(error)}`, {
      where: credential,
      next: 'Only the user who raised the lake may read it: run the command as that user.',
      cause: error,
    });
  }
  if (examined.token !== undefined) return examined.token;
  throw new Fault('environment', `the credential of the lake ${examined.damage ?? ''}`, {
    where: credential,
    next: 'Run "cryptodm up": it makes a new one and starts the parts again.',
  });
}

/** The token of the lake; undefined when there is none that can be used, as for a lake of an earlier version. */
export function findCredential({ credential }: Pick<Layout, 'credential'>): string | undefined {
  try {
    return examine(credential).token;
  } catch {
    return undefined;
  }
}

/** What is wrong with the file; undefined for a sound one. */
export function examineCredential(path: string): CredentialDamage | undefined {
  try {
    return examine(path).damage;
  } catch {
    return 'belongs to another user';
  }
}

/** Makes sure that the lake has a credential that its owner alone can read. */
export function ensureCredential(layout: Layout): void {
  const { credential } = layout;
  if (findCredential(layout) === undefined) replaceFile(credential, randomBytes(32).toString('base64url'));
  else if (examineCredential(credential) === 'can be read by others') closeCredential(credential);
}

/** Takes the file away from all but its owner. */
export function closeCredential(path: string): void {
  chmodSync(path, 0o600);
}

/** Tells one credential from the next without giving it away: a part that was started with another one must be started again. */
export function credentialMark(layout: Pick<Layout, 'credential'>): string | undefined {
  const token = findCredential(layout);
  return token === undefined ? undefined : createHash('sha256').update(token).digest('hex').slice(0, 16);
}

function examine(path: string): Examined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { damage: 'is missing' };
  if (!stat.isFile()) return { damage: 'is no file' };
  if (stat.uid !== statSync(dirname(path)).uid) return { damage: 'belongs to another user' };
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') return { damage: 'is empty' };
  if (!form.test(text)) return { damage: 'is cut or is no credential' };
  return { token: text, damage: (stat.mode & 0o077) === 0 ? undefined : 'can be read by others' };
}

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
