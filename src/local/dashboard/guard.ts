import type { IncomingHttpHeaders } from 'node:http';

/** What is looked at before a request reaches a route. */
export interface Arrival {
  method: string | undefined;
  /** path without the query */
  path: string;
  headers: IncomingHttpHeaders;
}

/**
 * Why a request is refused, undefined for one from this machine's own browser or tools. A page of another site can make the browser send
 * requests here: it is told by its Origin and by Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), and one that let its own name
 * point to 127.0.0.1 (DNS rebinding) by the Host.
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
  // A link to the page may stand anywhere; what the page shows is read by itself alone.
  const isVisit = method === 'GET' && path === '/' && headers['sec-fetch-mode'] === 'navigate';
  return isOwn || isVisit ? undefined : 'a page of another site asked';
}
