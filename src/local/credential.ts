import { createHash, randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { Fault } from '../errors.ts';
import { examineToken, findToken, type Credential, type CredentialDamage } from '../tools/credential.ts';
import { replaceFile } from '../tools/whole-file.ts';
import type { Layout } from './layout.ts';

export { credentialUser, type CredentialDamage } from '../tools/credential.ts';

/**
 * The token of the lake.
 * @throws Fault of kind `environment` when there is none, or none of this lake's owner
 */
export function readCredential({ credential }: Layout): string {
  let examined: Credential;
  try {
    examined = examineToken(credential);
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
  return findToken(credential);
}

/** What is wrong with the file; undefined for a sound one. */
export function examineCredential(path: string): CredentialDamage | undefined {
  try {
    return examineToken(path).damage;
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

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
