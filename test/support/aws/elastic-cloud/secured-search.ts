import { json, listen, type Answer, type Listening, type Message } from './messages.ts';
import { grants, needsOf, type Role } from './privileges.ts';

interface User {
  password: string;
  roles: string[];
}

/**
 * Elasticsearch with users and roles. The node that we start has no x-pack, so this proxy checks the user and the privileges of each request
 * and passes it on.
 */
export class SecuredSearch {
  private readonly users = new Map<string, User>();
  private readonly roles = new Map<string, Role>();
  private listening: Listening | undefined;

  private constructor(private readonly upstream: string) {}

  static async start(upstream: string): Promise<SecuredSearch> {
    const search = new SecuredSearch(upstream);
    search.listening = await listen((message) => search.answer(message));
    return search;
  }

  get url(): string {
    return this.listening?.url ?? '';
  }

  /** Sets the password of the `elastic` user. */
  setPassword(password: string): void {
    this.users.set('elastic', { password, roles: ['superuser'] });
  }

  /** Removes all users and all data. */
  async clear(): Promise<void> {
    this.users.clear();
    this.roles.clear();
    const listed = await fetch(`${this.upstream}/_cat/indices?format=json&expand_wildcards=all`);
    for (const { index } of (await listed.json()) as { index: string }[])
      await fetch(`${this.upstream}/${index}`, { method: 'DELETE' });
  }

  async stop(): Promise<void> {
    await this.listening?.stop();
  }

  private async answer(message: Message): Promise<Answer> {
    const product = { 'x-elastic-product': 'Elasticsearch' };
    const name = this.authenticate(message.headers.authorization);
    if (name === undefined) return refuse(401, 'unable to authenticate user for REST request', product);
    const { pathname } = message.url;
    const roles = this.users.get(name)?.roles ?? [];
    const given = roles.flatMap((role) => this.roles.get(role) ?? []);
    const needs = roles.includes('superuser') ? [] : needsOf(message.method, pathname, message.body.toString());
    const missing = needs.find((need) => !grants(given, need));
    if (missing !== undefined) {
      const where = missing.index === undefined ? 'the cluster' : `index [${missing.index}]`;
      return refuse(403, `action [${missing.privilege}] is unauthorized for user [${name}] on ${where}`, product);
    }
    return pathname.startsWith('/_security/') ? this.secure(message, name, product) : this.pass(message);
  }

  /** The user of an Authorization header; undefined if it is wrong or absent. */
  authenticate(authorization: string | undefined): string | undefined {
    const [scheme, encoded = ''] = (authorization ?? '').split(' ');
    const [name = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
    return scheme === 'Basic' && this.users.get(name)?.password === password.join(':') ? name : undefined;
  }

  /** The security API: who am I, roles, users. */
  private secure({ method, url, body }: Message, asking: string, product: Record<string, string>): Answer {
    const [what, name = ''] = url.pathname.split('/').slice(2);
    if (what === '_authenticate') {
      const { roles = [] } = this.users.get(asking) ?? {};
      return json(200, { username: asking, roles, enabled: true }, product);
    }
    if (method !== 'PUT' && method !== 'POST') return refuse(405, `no ${method} ${url.pathname} here`, product);
    const given = JSON.parse(body.toString()) as unknown;
    if (what === 'role') this.roles.set(name, given as Role);
    else if (what === 'user') this.users.set(name, given as User);
    else return refuse(404, `no ${url.pathname} here`, product);
    return json(200, { created: true }, product);
  }

  private async pass({ method, url, headers, body }: Message): Promise<Answer> {
    const { 'content-type': type, accept } = headers;
    const response = await fetch(`${this.upstream}${url.pathname}${url.search}`, {
      method,
      headers: {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(accept === undefined ? {} : { accept }),
      },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const kept = ['content-type', 'x-elastic-product'].flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    return {
      status: response.status,
      headers: Object.fromEntries(kept) as Record<string, string>,
      body: Buffer.from(await response.arrayBuffer()),
    };
  }
}

function refuse(status: number, reason: string, headers: Record<string, string>): Answer {
  const cause = { type: 'security_exception', reason };
  return json(status, { error: { root_cause: [cause], ...cause }, status }, headers);
}
