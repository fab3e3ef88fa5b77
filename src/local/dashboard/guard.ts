import type { IncomingHttpHeaders } from 'node:http';

/** What is checked before a request reaches a route. */
export interface Arrival {
  method: string | undefined;
  /** path without the query */
  path: string;
  headers: IncomingHttpHeaders;
}

/** An answer instead of what was asked for. */
export interface Refusal {
  status: 401 | 403 | 415;
  message: string;
}

/**
 * Decides about a request before any route sees it. `test/fixtures/requests/guarded.json` has the cases, which Elasticsearch's guard decides
 * alike.
 * @param port the port that the server listens on
 * @param isSignedIn whether the request brings what the server asks for
 */
export function checkRequest(arrival: Arrival, port: number, isSignedIn: () => boolean): Refusal | undefined {
  const foreign = refusalOf(arrival, port);
  if (foreign !== undefined) return { status: 403, message: foreign };
  if (arrival.path !== entryPath && !isSignedIn()) return { status: 401, message: loginText };
  return hasBody(arrival.headers) && !isAskedFor(arrival.headers['content-type'])
    ? { status: 415, message: 'a body must come with a type that says what it is, such as application/json' }
    : undefined;
}

/** Where a link leads that signs a browser in. */
export const entryPath = '/enter';

/** What other sites may link to. */
const visited = ['/', entryPath];

const loginText =
  'this server asks for the login of its lake: user cryptodm, the password is in the file "credential" of the lake’s folder';

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What a page may send to another site without asking it first: https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
const unasked = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];

function isAskedFor(type: string | undefined): boolean {
  return type !== undefined && !unasked.includes(type.split(';')[0]?.trim().toLowerCase() ?? '');
}

/**
 * Why a request is foreign, undefined for one from this machine's own browser or tools. A page of another site can make the browser send
 * requests here: Origin and Fetch Metadata (https://www.w3.org/TR/fetch-metadata/) show that, and Host shows a site whose name points to
 * 127.0.0.1 (DNS rebinding).
 * @param port the port that the server listens on
 */
export function refusalOf({ method, path, headers }: Arrival, port: number): string | undefined {
  const hosts = [`127.0.0.1:${String(port)}`, `localhost:${String(port)}`];
  if (!hosts.includes(headers.host ?? '')) return 'this server answers to 127.0.0.1 and localhost only';
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return 'a page of another origin asked';
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  // Any site may link to the page, but only the page itself may read the data.
  const isVisit = method === 'GET' && visited.includes(path) && headers['sec-fetch-mode'] === 'navigate';
  return isOwn || isVisit ? undefined : 'a page of another site asked';
}
