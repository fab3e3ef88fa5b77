import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../../tools/whole-file.ts';
import { readSecret, writeSecret, type SecretFields } from '../services/secrets-manager.ts';
import type { AwsLake } from '../lake.ts';

/** Its name behind the prefix. */
const secret = 'machine-keys';

/** Files of this machine by the fields of the secret that has them for every other one; all are of mode 600. */
function filesOf({ layout }: AwsLake): Record<string, { path: string; encoding: 'utf8' | 'base64' }> {
  return {
    hostKey: { path: layout.key, encoding: 'utf8' },
    hostPublicKey: { path: `${layout.key}.pub`, encoding: 'utf8' },
    nodeCertificate: { path: layout.nodeCertificate, encoding: 'base64' },
  };
}

/**
 * Brings the keys of the host and of the cluster's nodes from the account to this machine. With other ones, a run on a second machine would
 * replace the host. Does nothing where the account has none.
 */
export async function fetchMachineKeys(lake: AwsLake): Promise<void> {
  const stored = await readSecret(lake.connection, lake.names.secret(secret));
  if (stored === undefined) return;
  for (const [field, { path, encoding }] of Object.entries(filesOf(lake))) {
    const text = stored[field];
    if (text === undefined || (existsSync(path) && readFileSync(path, encoding) === text)) continue;
    replaceFile(path, Buffer.from(text, encoding));
  }
}

/** Stores the keys of this machine in the account, unless it has just these. */
export async function storeMachineKeys(lake: AwsLake): Promise<void> {
  const name = lake.names.secret(secret);
  const files = Object.entries(filesOf(lake)).filter(([, { path }]) => existsSync(path));
  const fields: SecretFields = Object.fromEntries(
    files.map(([field, { path, encoding }]) => [field, readFileSync(path, encoding)]),
  );
  const stored = await readSecret(lake.connection, name);
  if (stored !== undefined && files.every(([field]) => stored[field] === fields[field])) return;
  await writeSecret(lake.connection, name, fields, lake.tags);
}
