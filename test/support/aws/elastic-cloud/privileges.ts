/** The part of the body of `PUT /_security/role/…` that is implemented here. */
export interface Role {
  cluster?: string[];
  indices?: { names: string[]; privileges: string[] }[];
}

/** One privilege that a request needs: of the cluster, or of an index or alias. */
export interface Need {
  privilege: string;
  /** absent: a privilege of the cluster */
  index?: string;
}

/** Privileges that include others, as far as the tests need them: https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/elasticsearch-privileges */
const held: Record<string, string[]> = {
  manage: ['create_index', 'view_index_metadata', 'monitor'],
};

/** The privileges that a request needs; only a superuser has `security`. An alias is checked by its own name, as in Elasticsearch. */
export function needsOf(method: string, path: string, body: string): Need[] {
  const [first = '', second = '', third = ''] = path.split('/').slice(1).map(decodeURIComponent);
  if (first === '_security') return second === '_authenticate' ? [] : [{ privilege: 'security' }];
  if (first === '_index_template') return [{ privilege: 'manage_index_templates' }];
  if (first === '_bulk') return bulkIndexes(body).map((index) => ({ index, privilege: 'write' }));
  if (first === '' || first.startsWith('_')) return [{ privilege: 'monitor' }];
  const on = (privilege: string) => first.split(',').map((index) => ({ index, privilege }));
  const reads = method === 'GET' || method === 'HEAD';
  if (second === '') return on(reads ? 'view_index_metadata' : method === 'PUT' ? 'create_index' : 'manage');
  if (second === '_mapping') return on(reads ? 'view_index_metadata' : 'manage');
  if (second === '_alias' || second === '_aliases') return [...on('manage'), { index: third, privilege: 'manage' }];
  if (second === '_search' || second === '_count' || (second === '_doc' && reads)) return on('read');
  if (['_doc', '_create', '_update', '_bulk', '_delete_by_query'].includes(second)) return on('write');
  return on('manage');
}

export function grants(roles: Role[], { index, privilege }: Need): boolean {
  const gives = (privileges: string[]) =>
    privileges.some((given) => given === privilege || (held[given] ?? []).includes(privilege));
  if (index === undefined) return roles.some(({ cluster = [] }) => gives(cluster));
  return roles.some(({ indices = [] }) =>
    indices.some(({ names, privileges }) => names.some((name) => matches(name, index)) && gives(privileges)),
  );
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function bulkIndexes(body: string): string[] {
  return [...body.matchAll(/^\{"(?:index|create|update|delete)":\{[^\n]*"_index":"([^"]+)"/gm)].map(
    ([, name]) => name ?? '',
  );
}
