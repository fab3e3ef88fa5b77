import { Client, errors } from '@elastic/elasticsearch';
import { Fault } from '../errors.ts';
import { signIn } from './credential.ts';
import { isNumbered, liveIndex, missingFields, parseIndexes, type IndexState } from './index-state.ts';
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

/** What an index is made from. */
export interface IndexTemplate {
  index_patterns: string[];
  template: {
    settings: Record<string, string | number>;
    mappings: { dynamic: 'strict'; properties: Record<string, Record<string, unknown>> };
    /** of the index that answers; one that is made to take its place gets them later */
    aliases: Record<string, object>;
  };
}

/**
 * Brings an index to its declaration: makes it, opens it, lets it take writes, adds fields and aliases. Fields of another type stay as they are.
 * @param name of the index, which may be an alias by now
 * @param isEmpty whether a new one lacks rows that the table holds
 */
export async function alignIndex(
  search: Search,
  name: string,
  { index_patterns, template }: IndexTemplate,
  isEmpty: boolean,
): Promise<'created' | 'updated'> {
  return use(search, async (client) => {
    const { aliases, ...declared } = template;
    // Without aliases: an index that is being filled must not answer. A write never makes an index, which would then pass for a full one.
    await client.indices.putIndexTemplate({ name, index_patterns, template: declared, allow_auto_create: false });
    const found = liveIndex(await getIndexes(client, name), name);
    if (found === undefined) {
      const fill = { phase: 'filling', at: new Date().toISOString() };
      const mappings = { ...declared.mappings, ...(isEmpty && { _meta: { cryptodm: { fill } } }) };
      await client.indices.create({ index: name, mappings, aliases, wait_for_active_shards: 1 });
      return 'created';
    }
    const index = found.name;
    if (found.blocks.length > 0) {
      const settings = Object.fromEntries(found.blocks.map((block) => [`index.blocks.${block}`, null]));
      await client.indices.putSettings({ index, settings });
    }
    if (found.isClosed) await client.indices.open({ index, wait_for_active_shards: 1 });
    const { dynamic, properties } = declared.mappings;
    const missing = missingFields(declared.mappings, found.mappings).map((field) => [field, properties[field]]);
    await client.indices.putMapping({ index, dynamic, properties: Object.fromEntries(missing) });
    await alignAliases(client, found, Object.keys(aliases));
    return 'updated';
  });
}

/** Adds what is missing, and removes what an earlier identity of the lake has left. */
async function alignAliases(client: Client, { name: index, aliases }: IndexState, wanted: string[]): Promise<void> {
  const old = aliases.filter((alias) => alias.startsWith(lakeAliasPrefix) && !wanted.includes(alias));
  await client.indices.updateAliases({
    actions: [
      ...wanted.map((alias) => ({ add: { index, alias } })),
      ...old.map((alias) => ({ remove: { index, alias } })),
    ],
  });
}

/** The index of this name, or the one that an alias of this name leads to, and those that were made to take its place. */
async function getIndexes(client: Client, name: string): Promise<IndexState[]> {
  return parseIndexes(
    await client.indices.get({
      index: [name, `${name}-*`],
      ignore_unavailable: true,
      allow_no_indices: true,
      expand_wildcards: 'all',
    }),
  );
}

/** What `alignIndex` would compare. */
export interface IndexLook {
  /** undefined when there is none */
  index: IndexState | undefined;
  /** whether the template is that of this version */
  hasTemplate: boolean;
}

/** Looks at an index and its template. @param name of the index, which may be an alias by now */
export async function describeIndex(search: Search, name: string): Promise<IndexLook> {
  return use(search, async (client) => {
    const index = liveIndex(await getIndexes(client, name), name);
    const templates = await client.indices.getIndexTemplate({ name }, { ignore: [404] });
    const [template] = (templates as Partial<typeof templates>).index_templates ?? [];
    const { allow_auto_create: auto, template: its } = template?.index_template ?? {};
    return { index, hasTemplate: auto === false && its?.aliases === undefined };
  });
}

/** Deletes an index, those that were made to take its place, and its template, as far as they exist. */
export async function deleteIndex(search: Search, name: string): Promise<void> {
  await use(search, async (client) => {
    const indexes = await getIndexes(client, name);
    const live = liveIndex(indexes, name);
    const begun = indexes.filter((index) => isNumbered(index.name, name) && index.fill !== undefined);
    for (const index of new Set([...(live === undefined ? [] : [live]), ...begun])) {
      await client.indices.delete({ index: index.name }, { ignore: [404] });
    }
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
          names: [user.index, `${user.index}-*`, ...user.aliases],
          privileges: ['create_index', 'write', 'read', 'manage', 'view_index_metadata'],
        },
      ],
    });
    await client.security.putUser({ username: user.username, password: user.password, roles: [user.username] });
  });
}
