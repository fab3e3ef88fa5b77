import { Fault } from '../errors.ts';
import {
  deleteSecret,
  listSecrets,
  readSecret,
  writeSecret,
  type ListedSecret,
  type SecretFields,
} from './services/secrets-manager.ts';
import type { AwsLake } from './lake.ts';

/** A secret of a lake: its fields, their titles for people, and the variables that may hold them. */
export interface SecretKind {
  name: string;
  fields: { name: string; title: string; variable: string }[];
}

/** Every secret of a lake (`docs/contracts.md`, "AWS: names"). */
export const secretKinds: readonly SecretKind[] = [
  {
    name: 'alpaca',
    fields: [
      { name: 'keyId', title: 'API key id of Alpaca', variable: 'APCA_API_KEY_ID' },
      { name: 'secretKey', title: 'API secret key of Alpaca', variable: 'APCA_API_SECRET_KEY' },
    ],
  },
  { name: 'coinapi', fields: [{ name: 'key', title: 'API key of CoinAPI', variable: 'COINAPI_KEY' }] },
  { name: 'elastic-cloud', fields: [{ name: 'apiKey', title: 'API key of Elastic Cloud', variable: 'EC_API_KEY' }] },
  {
    name: 'elasticsearch',
    fields: [
      { name: 'username', title: 'user of Elasticsearch', variable: 'ELASTICSEARCH_USERNAME' },
      { name: 'password', title: 'password of that user', variable: 'ELASTICSEARCH_PASSWORD' },
    ],
  },
];

/** @throws Fault of kind `usage` for a name that no part of a lake reads */
export function secretKind(name: string): SecretKind {
  const kind = secretKinds.find((candidate) => candidate.name === name);
  if (kind !== undefined) return kind;
  throw new Fault('usage', `no part of a lake reads a secret ${name}`, {
    next: `Secrets: ${secretKinds.map((candidate) => candidate.name).join(', ')}.`,
  });
}

/**
 * Reads a secret from text: a JSON object with just its fields, or the bare value where there is one field. No message shows the text.
 * @throws Fault of kind `usage` for a field that is missing, empty or unknown
 */
export function parseSecret(kind: SecretKind, text: string): SecretFields {
  const trimmed = text.trim();
  const [only, ...others] = kind.fields;
  if (only !== undefined && others.length === 0 && !trimmed.startsWith('{'))
    return checked(kind, { [only.name]: trimmed });
  let object: unknown;
  try {
    object = JSON.parse(trimmed);
  } catch {
    throw unfit(kind, 'it is not a JSON object');
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw unfit(kind, 'it is not a JSON object');
  return checked(kind, object as Record<string, unknown>);
}

/** Reads a secret from the variables that usually hold it. @throws Fault of kind `usage` for a variable that is not set */
export function secretFromEnvironment(kind: SecretKind, env: NodeJS.ProcessEnv): SecretFields {
  const missing = kind.fields.filter(({ variable }) => (env[variable] ?? '') === '').map(({ variable }) => variable);
  if (missing.length > 0) {
    throw new Fault('usage', `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`, {
      where: 'environment',
      next: `Set ${missing.length === 1 ? 'it' : 'them'}, or give the secret to --stdin.`,
    });
  }
  return Object.fromEntries(kind.fields.map(({ name, variable }) => [name, env[variable] ?? '']));
}

/** Stores a secret of the lake. @returns its name in Secrets Manager */
export async function setSecret(lake: AwsLake, kind: SecretKind, fields: SecretFields): Promise<string> {
  const name = lake.names.secret(kind.name);
  await writeSecret(lake.connection, name, checked(kind, fields), lake.tags);
  return name;
}

/** Names and dates; no value is read. */
export async function listLakeSecrets(lake: AwsLake): Promise<ListedSecret[]> {
  return listSecrets(lake.connection, lake.prefix);
}

/** @throws Fault of kind `usage` when there is none */
export async function removeSecret(lake: AwsLake, kind: SecretKind): Promise<string> {
  const name = lake.names.secret(kind.name);
  if ((await readSecret(lake.connection, name)) === undefined) {
    throw new Fault('usage', `there is no secret ${name}`, { where: name, next: 'See "cryptodm secrets list".' });
  }
  await deleteSecret(lake.connection, name);
  return name;
}

function checked(kind: SecretKind, given: Record<string, unknown>): SecretFields {
  const known = kind.fields.map(({ name }) => name);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unfit(kind, `${unknown.join(', ')} is not a field of it`);
  const empty = known.filter((name) => typeof given[name] !== 'string' || given[name].trim() === '');
  if (empty.length > 0) throw unfit(kind, `${empty.join(' and ')} ${empty.length === 1 ? 'is' : 'are'} missing`);
  return given as SecretFields;
}

function unfit(kind: SecretKind, why: string): Fault {
  const sample = JSON.stringify(Object.fromEntries(kind.fields.map(({ name }) => [name, '...'])));
  return new Fault('usage', `this is not a secret ${kind.name}: ${why}`, {
    next: `Give ${sample}${kind.fields.length === 1 ? ', or the bare value' : ''}.`,
  });
}
