import { writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { Fault, toFault } from '../../errors.ts';
import { limitConnections } from './connections.ts';
import { openDashboard, type Dashboard } from './dashboard.ts';
import { isOfCatalog, securityHeaders, sendFailure, sendFault, type Exchange } from './exchange.ts';
import { askToSignIn } from './entry.ts';
import { checkRequest } from './guard.ts';
import { answerCatalog } from './iceberg/routes.ts';
import { routes } from './routes.ts';

const mostConnections = 200;
/** How long headers, and a whole request, may take, and how often connections are looked at. */
const limits = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };

/** Serves the dashboard on 127.0.0.1 until the signal. @throws Fault of kind `environment` when the port is taken */
export async function serveDashboard(lake: LocalLake, caller: Caller): Promise<void> {
  const dashboard = await openDashboard(lake, caller, log);
  const { dashboard: port } = lake.settings.ports;
  const server = createServer(limits, (request, response) => {
    void answer(request, response, port, dashboard);
  });
  limitConnections(server, mostConnections);
  try {
    await listen(server, port);
    log(`serves ${lake.layout.data} on http://127.0.0.1:${String(port)}`);
    await new Promise<void>((resolve) => caller.signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    server.close();
    server.closeAllConnections();
    await dashboard.close();
  }
}

function log(line: string): void {
  try {
    writeSync(process.stderr.fd, `${new Date().toISOString()} dashboard ${line}\n`);
  } catch {
    // A log on a full disk must not end the dashboard.
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new Fault('environment', `can't listen on port ${String(port)}: ${cause.code ?? ''}`, { cause }));
    });
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
}

/** Answers one request. Never throws. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  dashboard: Dashboard,
): Promise<void> {
  response.on('error', () => undefined);
  let exchange: Exchange | undefined;
  try {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    exchange = { request, response, url: new URL(request.url ?? '/', 'http://dashboard') };
    const { headers, method } = request;
    const refusal = checkRequest({ method, path: exchange.url.pathname, headers }, port, () =>
      dashboard.login.accepts(request),
    );
    if (refusal?.status === 401) askForLogin(exchange, dashboard, refusal.message);
    else if (refusal !== undefined) refuse(exchange, refusal.status, refusal.message);
    else await route(exchange, dashboard);
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.kind === 'internal')
      log(`${request.method ?? ''} ${request.url ?? ''} failed: ${fault.stack ?? fault.message}`);
    if (exchange === undefined || response.headersSent) response.destroy();
    else sendFault(exchange, fault);
  }
}

async function route(exchange: Exchange, dashboard: Dashboard): Promise<void> {
  const { request, response, url } = exchange;
  if (isOfCatalog(exchange)) {
    await answerCatalog(exchange, dashboard);
    return;
  }
  const found = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
  const method = found?.method ?? 'GET';
  // Node sends no body in answer to a HEAD. An event stream would stay open for it.
  const isHead = request.method === 'HEAD' && method === 'GET' && url.pathname !== '/api/live';
  if (request.method !== method && !isHead) {
    response.setHeader('allow', method);
    refuse(exchange, 405, `only ${method} is answered here`);
  } else if (found !== undefined) await found.handle(exchange, dashboard);
  else if (url.pathname === '/' && !isHead) openPage(exchange, dashboard);
  else if (!dashboard.page.send(exchange)) refuse(exchange, 404, `nothing at ${url.pathname}`);
}

/** To a person a page, to a program what it must bring. */
function askForLogin(exchange: Exchange, { lake }: Dashboard, message: string): void {
  const { request, response, url } = exchange;
  const mode = request.headers['sec-fetch-mode'];
  if (url.pathname === '/' && (mode === 'navigate' || request.headers.accept?.includes('text/html') === true)) {
    askToSignIn(exchange);
    return;
  }
  // To a page the challenge would only be a dialog of the browser's own.
  if (mode === undefined) {
    const realm = 'realm="cryptodm"';
    response.setHeader('www-authenticate', [`Basic ${realm}, charset="UTF-8"`, `Bearer ${realm}`]);
  }
  sendFailure(exchange, { error: { kind: 'usage', message }, lake: lake.id }, 401);
}

function refuse(exchange: Exchange, status: number, message: string): void {
  sendFailure(exchange, { error: { kind: 'usage', message } }, status);
}

/** While the browser loads the rest of the page, the tables and the index prepare for its first requests. */
function openPage(exchange: Exchange, { page, tables, quotes }: Dashboard): void {
  page.send(exchange);
  tables.warm();
  quotes.lastBars().catch(() => undefined);
}
