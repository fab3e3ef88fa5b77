import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { credentialUser } from '../../tools/credential.ts';
import { userOfConnection } from '../ports.ts';

/** Who asks, as far as it matters for the login. */
export interface Visitor {
  headers: IncomingHttpHeaders;
  socket: { remotePort?: number | undefined; localPort?: number | undefined };
}

/** Seconds for which a link opens the page. */
export const linkSeconds = 600;
const sessionSeconds = 7 * 24 * 3600;

/** Links that nobody has followed; the oldest makes room. */
const mostLinks = 100;

/**
 * Who may use the dashboard: a program with the lake's credential, or a browser that followed a link of it. The link works once and gives a
 * cookie, which is signed with the credential: it outlives a restart of the server, and ends with the credential.
 */
export class DashboardLogin {
  /** End of each link, by the hash of its code. */
  private readonly links = new Map<string, number>();
  private readonly known = new WeakMap<object, boolean>();

  /**
   * @param token absent: everybody on this machine may use it
   * @param port names the cookie, because browsers keep cookies by host, not by port
   * @param now milliseconds that no clock's setting changes, and those since 1970
   */
  constructor(
    private readonly token: string | undefined,
    private readonly port: number,
    private readonly look: (socket: Visitor['socket']) => boolean = isOwnUser,
    private readonly now = { steady: () => performance.now(), clock: () => Date.now() },
  ) {}

  get isOpen(): boolean {
    return this.token === undefined;
  }

  accepts(visitor: Visitor): boolean {
    if (this.isOpen) return true;
    return visitor.headers.authorization === undefined ? this.hasSession(visitor) : this.hasCredential(visitor);
  }

  /** Whether the request has the credential itself. */
  hasCredential({ headers: { authorization = '' } }: Pick<Visitor, 'headers'>): boolean {
    if (this.token === undefined) return true;
    const [, scheme = '', given = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return isSame(given, this.token);
      case 'basic':
        return isSame(Buffer.from(given, 'base64').toString('utf8'), `${credentialUser}:${this.token}`);
      default:
        return false;
    }
  }

  /** The code of a new link. */
  makeCode(): string {
    const code = randomBytes(24).toString('base64url');
    for (const [known, end] of this.links) {
      if (end < this.now.steady() || this.links.size >= mostLinks) this.links.delete(known);
    }
    this.links.set(hash(code).toString('hex'), this.now.steady() + linkSeconds * 1000);
    return code;
  }

  /** The cookie for a browser that followed a link; undefined for a link that was followed before, is too old, or came to another user. */
  enter(code: string, { socket }: Pick<Visitor, 'socket'>): string | undefined {
    const key = hash(code).toString('hex');
    const end = this.links.get(key);
    if (end === undefined || !this.isOwn(socket)) return undefined;
    this.links.delete(key);
    if (end < this.now.steady()) return undefined;
    const until = Math.floor(this.now.clock() / 1000) + sessionSeconds;
    const session = this.sign(`${String(until)}.${randomBytes(12).toString('base64url')}`);
    return `${this.cookie}=${session}; Path=/; Max-Age=${String(sessionSeconds)}; HttpOnly; SameSite=Strict`;
  }

  /** A connection has one user as long as it lasts. */
  private isOwn(socket: Visitor['socket']): boolean {
    const known = this.known.get(socket) ?? this.look(socket);
    this.known.set(socket, known);
    return known;
  }

  private get cookie(): string {
    return `cryptodm-${String(this.port)}`;
  }

  private hasSession({ headers: { cookie = '' }, socket }: Visitor): boolean {
    const sessions = cookie.split(/; */).flatMap((one) => {
      const at = one.indexOf('=');
      return one.slice(0, at) === this.cookie ? [one.slice(at + 1)] : [];
    });
    return sessions.some((session) => this.isSession(session)) && this.isOwn(socket);
  }

  private isSession(session: string): boolean {
    const content = session.slice(0, session.lastIndexOf('.'));
    return isSame(session, this.sign(content)) && Number(content.split('.')[0]) * 1000 > this.now.clock();
  }

  private sign(content: string): string {
    const text = `cryptodm dashboard ${String(this.port)} ${content}`;
    return `${content}.${createHmac('sha256', this.token ?? '')
      .update(text)
      .digest('base64url')}`;
  }
}

/**
 * Whether a connection is of the user whose server this is, as far as the system says so. A link is shown in the list of processes while a
 * browser is started with it, and browsers send cookies to every port of a host: neither must open the lake to other users.
 */
function isOwnUser({ remotePort, localPort }: Visitor['socket']): boolean {
  const own = process.getuid?.();
  // People who run a lake as root may look at it as another user.
  if (own === undefined || own === 0 || remotePort === undefined || localPort === undefined) return true;
  const user = userOfConnection(remotePort, localPort);
  return user === undefined || user === own || user === 0;
}

/** Compares in a time that depends on neither text. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(hash(given), hash(expected));
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
