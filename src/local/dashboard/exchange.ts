import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault, type FaultKind } from '../../errors.ts';
import type { Failure, Parameters } from './api.ts';

/** One request on its way through a route. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** The parameters of a route, as the query string brings them. */
export interface Query<Path extends keyof Parameters> {
  get: (name: keyof Parameters[Path] & string) => string | null;
}

/** Sent with every answer: the page loads its own files only, and other sites can neither frame nor read it. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export function sendJson({ response }: Exchange, content: unknown, status = 200): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(content));
}

const statuses: Partial<Record<FaultKind, number>> = {
  usage: 400,
  query: 400,
  locked: 429,
  part: 503,
  interrupted: 503,
};

/** Answers with a fault: what is wrong, where, what to do. */
export function sendFault(exchange: Exchange, fault: Fault): void {
  const { kind, message, where, next, facts } = fault;
  sendFailure(exchange, { error: { kind, message, where, next, facts } }, statuses[kind] ?? 500);
}

/** Where the Iceberg catalog begins. */
export const catalogRoot = '/iceberg';

/** Answers that a request was not met, in the form that its sender reads. */
export function sendFailure(exchange: Exchange, failure: Failure, status: number): void {
  if (!isOfCatalog(exchange)) sendJson(exchange, failure, status);
  else {
    const { message, next } = failure.error;
    sendCatalogError(exchange, status, next === undefined ? message : `${message}. ${next}`);
  }
}

export function isOfCatalog({ url }: Exchange): boolean {
  return url.pathname === catalogRoot || url.pathname.startsWith(`${catalogRoot}/`);
}

/** What Iceberg's clients know errors by, where the status alone says it. */
const catalogTypes: Record<number, string> = {
  400: 'BadRequestException',
  401: 'NotAuthorizedException',
  403: 'NotAuthorizedException',
  406: 'UnsupportedOperationException',
  503: 'ServiceUnavailableException',
};

/** Answers in the form of Iceberg's REST catalogs (`IcebergErrorResponse`). @param type its name of the error */
export function sendCatalogError(exchange: Exchange, code: number, message: string, type?: string): void {
  sendJson(exchange, { error: { message, type: type ?? catalogTypes[code] ?? 'InternalServerError', code } }, code);
}

/** The text of a request's body. @throws Fault of kind `usage` for one that is longer than `most` bytes */
export async function readBody(request: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) throw new Fault('usage', `the request is longer than ${String(most)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Aborted when the client closes the connection before the answer is complete. */
export function goneSignal({ response }: Exchange): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}
