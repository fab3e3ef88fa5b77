import type { IncomingHttpHeaders } from 'node:http';

/** What is checked before a request reaches a route. */
export interface Arrival {
  method: string | undefined;
  /** path without the query */
  path: string;
  headers: IncomingHttpHeaders;
}

/**
 * Why a request is refused, undefined for one from this machine's own browser or tools. A page of another site can make the browser send
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
  const isVisit = method === 'GET' && path === '/' && headers['sec-fetch-mode'] === 'navigate';
  return isOwn || isVisit ? undefined : 'a page of another site asked';
}
