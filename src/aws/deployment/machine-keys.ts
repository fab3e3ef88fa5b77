import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Fault } from '../../errors.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import { readPublicKey } from '../hosts/ssh-key.ts';
import { deleteSecret, readSecret, writeSecret, type SecretFields } from '../services/secrets-manager.ts';
import type { AwsLake } from '../lake.ts';

interface KeyFile {
  path: string;
  encoding: 'utf8' | 'base64';
}

/**
 * Files of this machine by the fields of the secrets that have them for every other one; all are of mode 600. The private key has a secret of
 * its own: who only plans does not need it.
 */
function secretsOf({ layout, settings }: AwsLake): Record<'host-key' | 'machine-keys', Record<string, KeyFile>> {
  const hasHost = settings.aws.producers === 'host';
  return {
    'host-key': hasHost ? { hostKey: { path: layout.key, encoding: 'utf8' } } : {},
    'machine-keys': {
      ...(hasHost ? { hostPublicKey: { path: `${layout.key}.pub`, encoding: 'utf8' } } : {}),
      nodeCertificate: { path: layout.nodeCertificate, encoding: 'base64' },
    },
  };
}

/**
 * Brings the keys of the host and of the cluster's nodes from the account to this machine. With other ones, a run on a second machine would
 * replace the host. A user who may not read the private key gets the others.
 * @returns the public key of the host; undefined where the account has none
 */
export async function fetchMachineKeys(lake: AwsLake): Promise<string | undefined> {
  const { 'host-key': own, 'machine-keys': shared } = secretsOf(lake);
  const stored = await readSecret(lake.connection, lake.names.secret('machine-keys'));
  const publicKey = stored?.['hostPublicKey']?.trim();
  if (stored === undefined) return undefined;
  const { key } = lake.layout;
  // A private key of another pair opens nothing.
  if (publicKey !== undefined && readPublicKey(key) !== publicKey) rmSync(key, { force: true });
  place(shared, stored);
  if (publicKey !== undefined) place(own, (await readPermitted(lake, 'host-key')) ?? {});
  return publicKey;
}

/** Stores the keys of this machine in the account, unless it has just these. */
export async function storeMachineKeys(lake: AwsLake): Promise<void> {
  for (const [secret, files] of Object.entries(secretsOf(lake))) {
    const present = Object.entries(files).filter(([, { path }]) => existsSync(path));
    if (present.length === 0) continue;
    const fields: SecretFields = Object.fromEntries(
      present.map(([field, { path, encoding }]) => [field, readFileSync(path, encoding)]),
    );
    const name = lake.names.secret(secret);
    const stored = await readSecret(lake.connection, name);
    if (stored !== undefined && present.every(([field]) => stored[field] === fields[field])) continue;
    await writeSecret(lake.connection, name, fields, lake.tags);
  }
}

/** Removes the key of a host that containers have replaced: its secret costs money, and it opens nothing any more. */
export async function forgetHostKey(lake: AwsLake): Promise<void> {
  const name = lake.names.secret('machine-keys');
  const { hostPublicKey, ...others } = (await readSecret(lake.connection, name)) ?? {};
  // First: a later host would be made with a key that nobody has.
  if (hostPublicKey !== undefined) await writeSecret(lake.connection, name, others, lake.tags);
  await deleteSecret(lake.connection, lake.names.secret('host-key'));
  for (const path of [lake.layout.key, `${lake.layout.key}.pub`]) rmSync(path, { force: true });
}

function place(files: Record<string, KeyFile>, stored: SecretFields): void {
  for (const [field, { path, encoding }] of Object.entries(files)) {
    const text = stored[field];
    if (text === undefined || (existsSync(path) && readFileSync(path, encoding) === text)) continue;
    replaceFile(path, Buffer.from(text, encoding));
  }
}

async function readPermitted(lake: AwsLake, secret: string): Promise<SecretFields | undefined> {
  try {
    return await readSecret(lake.connection, lake.names.secret(secret));
  } catch (error) {
    if (error instanceof Fault && error.facts['denied'] !== undefined) return undefined;
    throw error;
  }
}
