import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user of a lake's login; its password is the token in the lake's file, which also serves as bearer token. */
export const credentialUser = 'cryptodm';

/** 32 random bytes in base64 for URLs. */
const form = /^[A-Za-z0-9_-]{43}$/;

/** What can be wrong with the file of a token. */
export type CredentialDamage =
  | 'is missing'
  | 'is empty'
  | 'is cut or is no credential'
  | 'is no file'
  | 'belongs to another user'
  | 'can be read by others';

export interface Credential {
  /** undefined when it can't be used */
  token?: string | undefined;
  /** a file that others can read can be used all the same */
  damage?: CredentialDamage | undefined;
}

/** @throws the system's error for a file that can't be read */
export function examineToken(path: string): Credential {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { damage: 'is missing' };
  if (!stat.isFile()) return { damage: 'is no file' };
  if (stat.uid !== statSync(dirname(path)).uid) return { damage: 'belongs to another user' };
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') return { damage: 'is empty' };
  if (!form.test(text)) return { damage: 'is cut or is no credential' };
  return { token: text, damage: (stat.mode & 0o077) === 0 ? undefined : 'can be read by others' };
}

/** The token in a file; undefined when there is none that can be used. */
export function findToken(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : examineToken(path).token;
  } catch {
    return undefined;
  }
}

/** The header that signs a request in by the token in a file; none when there is no such token: then the server says what it asks for. */
export function signIn(path: string | undefined): { authorization?: string } {
  const token = findToken(path);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
