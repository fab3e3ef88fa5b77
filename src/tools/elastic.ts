import { Client, errors } from '@elastic/elasticsearch';
import { Fault } from '../errors.ts';
import { signIn } from './credential.ts';
import { askSearch, lakeAliasPrefix, requireOwnSearch, type KnownSearch } from './search-identity.ts';

/** A search cluster, as this client reaches it. */
export interface Search extends KnownSearch {
  auth?: { username: string; password: string };
}

/** A client of this cluster; the caller closes it. */
export function connect(search: Search, options: { retries?: number; timeoutMs?: number } = {}): Client {
  return new Client({
    node: search.url,
    ...(search.auth === undefined ? { headers: signIn(search.credential) } : { auth: search.auth }),
    maxRetries: options.retries ?? 2,
    requestTimeout: options.timeoutMs ?? 10_000,
  });
}

async function use<T>(search: Search, act: (client: Client) => Promise<T>): Promise<T> {
  await requireOwnSearch(search);
  const client = connect(search);
  try {
    return await act(client);
  } catch (error) {
    throw new Fault('part', `Elasticsearch at ${search.url}: ${reason(error)}`, {
      next: 'See "cryptodm status" and "cryptodm logs elasticsearch".',
      cause: error,
    });
  } finally {
    await client.close();
  }
}

function reason(error: unknown): string {
  if (error instanceof errors.ResponseError) {
    const body = error.body as { error?: { reason?: string } } | undefined;
    return body?.error?.reason ?? error.message;
  }
  return (error as Error).message;
}

/** True when the cluster is the one that is meant and accepts writes now. */
export async function acceptsWrites(search: Search): Promise<boolean> {
  if (search.lake !== undefined && (await askSearch(search.url))?.lake !== search.lake) return false;
  const client = connect(search, { retries: 0, timeoutMs: 2000 });
  const index = '.cryptodm-probe';
  try {
    const settings = { number_of_shards: 1, number_of_replicas: 0, hidden: true };
    await client.indices.create({ index, settings }, { ignore: [400] });
    await client.index({ index, id: '1', document: { at: Date.now() } });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/**
 * Stores the template and creates the index from it, or adds new fields of the mapping.
 * @throws Fault of kind `part` when an existing field has another type
 */
export async function createIndex(
  search: Search,
  name: string,
  template: IndexTemplate,
): Promise<'created' | 'updated'> {
  return use(search, async (client) => {
    await client.indices.putIndexTemplate({
      name,
      index_patterns: template.index_patterns,
      template: template.template,
    });
    if (await client.indices.exists({ index: name })) {
      await client.indices.putMapping({ index: name, ...template.template.mappings });
      await alignAliases(client, name, Object.keys(template.template.aliases));
      return 'updated';
    }
    await client.indices.create({ index: name, wait_for_active_shards: 1 });
    return 'created';
  });
}

/** Adds what is missing, and removes what an earlier identity of the lake has left. */
async function alignAliases(client: Client, index: string, wanted: string[]): Promise<void> {
  const standing = Object.keys((await client.indices.getAlias({ index }))[index]?.aliases ?? {});
  const old = standing.filter((alias) => alias.startsWith(lakeAliasPrefix) && !wanted.includes(alias));
  await client.indices.updateAliases({
    actions: [
      ...wanted.map((alias) => ({ add: { index, alias } })),
      ...old.map((alias) => ({ remove: { index, alias } })),
    ],
  });
}

export interface IndexTemplate {
  index_patterns: string[];
  template: {
    settings: Record<string, string | number>;
    mappings: { dynamic: 'strict'; properties: Record<string, Record<string, unknown>> };
    aliases: Record<string, object>;
  };
}

/** The names of an index's fields and aliases, undefined when there is no such index. */
export async function describeIndex(
  search: Search,
  name: string,
): Promise<{ fields: string[]; aliases: string[] } | undefined> {
  return use(search, async (client) => {
    if (!(await client.indices.exists({ index: name }))) return undefined;
    const [found] = Object.values(await client.indices.get({ index: name }));
    return {
      fields: Object.keys(found?.mappings?.properties ?? {}),
      aliases: Object.keys(found?.aliases ?? {}),
    };
  });
}

/** Deletes an index and its template, as far as they exist. */
export async function deleteIndex(search: Search, name: string): Promise<void> {
  await use(search, async (client) => {
    await client.indices.delete({ index: name }, { ignore: [404] });
    await client.indices.deleteIndexTemplate({ name }, { ignore: [404] });
  });
}

/** True when the cluster accepts this user and password. */
export async function acceptsLogin(search: Search): Promise<boolean> {
  const client = connect(search, { retries: 1 });
  try {
    await client.security.authenticate();
    return true;
  } catch (error) {
    if (error instanceof errors.ResponseError && (error.statusCode === 401 || error.statusCode === 403)) return false;
    throw new Fault('outside', `Elasticsearch at ${search.url}: ${reason(error)}`, {
      next: 'Check that the cluster is up, then run the same command.',
      cause: error,
    });
  } finally {
    await client.close();
  }
}

/** Creates a user who may write, read and describe one index, by its name and its aliases, and nothing else. */
export async function putIndexUser(
  search: Search,
  user: { username: string; password: string; index: string; aliases: string[] },
): Promise<void> {
  await use(search, async (client) => {
    await client.security.putRole({
      name: user.username,
      cluster: ['monitor', 'manage_index_templates'],
      indices: [
        {
          // A privilege on an index is none on its alias: https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/granting-privileges-for-data-streams-aliases
          names: [user.index, ...user.aliases],
          privileges: ['create_index', 'write', 'read', 'manage', 'view_index_metadata'],
        },
      ],
    });
    await client.security.putUser({ username: user.username, password: user.password, roles: [user.username] });
  });
}
