import { catalogViews } from '../../../lake/views.ts';
import { locationOf } from '../../tables/catalog.ts';
import type { Dashboard } from '../dashboard.ts';
import { catalogRoot, readBody, sendCatalogError, sendJson, type Exchange } from '../exchange.ts';
import { IcebergCatalog, type Name } from './catalog.ts';

/** Between the parts of a namespace in a path, as the specification has it. */
const separator = '\u{1f}';
/** A report of metrics is read and dropped. */
const longestReport = 2 ** 20;

interface Request {
  exchange: Exchange;
  catalog: IcebergCatalog;
  namespace: Name;
  /** name of a table or a view without its namespace; empty where the path has none */
  name: string;
}

type Handler = (request: Request) => Promise<void>;

/**
 * What the catalog answers, by the names that the specification has for it. Clients learn them from the configuration, and refuse everything else
 * themselves: https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml
 */
const endpoints: Record<string, Handler> = {
  'GET /v1/{prefix}/namespaces': listNamespaces,
  'GET /v1/{prefix}/namespaces/{namespace}': loadNamespace,
  'HEAD /v1/{prefix}/namespaces/{namespace}': loadNamespace,
  'GET /v1/{prefix}/namespaces/{namespace}/tables': listTables,
  'GET /v1/{prefix}/namespaces/{namespace}/tables/{table}': loadTable,
  'HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}': findTable,
  'POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics': takeReport,
  'GET /v1/{prefix}/namespaces/{namespace}/views': listViews,
  'GET /v1/{prefix}/namespaces/{namespace}/views/{view}': loadView,
  'HEAD /v1/{prefix}/namespaces/{namespace}/views/{view}': loadView,
};

/** The configuration says no prefix, so the paths have none. */
const routes = Object.entries(endpoints).map(([endpoint, handle]) => {
  const [method = '', path = ''] = endpoint.split(' ');
  const pattern = path
    .replace('/{prefix}', '')
    .replace(/\{(\w+)\}/g, (_, part) => `(?<${part === 'namespace' ? part : 'name'}>[^/]+)`);
  return { method, pattern: new RegExp(`^${catalogRoot}${pattern}$`), handle };
});

/** Answers as a read-only Iceberg REST catalog. The guard has looked at the request before. */
export async function answerCatalog(exchange: Exchange, dashboard: Dashboard): Promise<void> {
  const { method } = exchange.request;
  const path = exchange.url.pathname;
  if (path === `${catalogRoot}/v1/config` && method === 'GET') {
    sendJson(exchange, { defaults: {}, overrides: {}, endpoints: Object.keys(endpoints) });
    return;
  }
  for (const route of routes) {
    const found = route.method === method ? route.pattern.exec(path) : null;
    if (found === null) continue;
    const [namespace, name] = [decoded(found.groups?.['namespace']), decoded(found.groups?.['name'])];
    if (namespace === undefined || name === undefined) sendCatalogError(exchange, 400, `${path} is no valid path`);
    else await route.handle({ exchange, catalog: catalogOf(dashboard), namespace: partsOf(namespace), name });
    return;
  }
  const message = `${method ?? ''} ${path} is not answered: this catalog is for reading. The lake itself writes its tables, from its topics`;
  sendCatalogError(exchange, 406, message);
}

function catalogOf({ lake, declaration }: Dashboard): IcebergCatalog {
  const { catalog, warehouse, data } = lake.layout;
  const views = catalogViews(declaration);
  return new IcebergCatalog(catalog, { views, lake: lake.id ?? data, warehouse: locationOf(warehouse) });
}

function decoded(segment = ''): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function partsOf(namespace: string): Name {
  return namespace.split(separator).filter((part) => part !== '');
}

async function listNamespaces({ exchange, catalog }: Request): Promise<void> {
  const parent = partsOf(exchange.url.searchParams.get('parent') ?? '');
  const namespaces = await catalog.namespaces(parent);
  if (namespaces === undefined) sendUnknown(exchange, 'Namespace', parent);
  else sendJson(exchange, { namespaces });
}

async function loadNamespace({ exchange, catalog, namespace }: Request): Promise<void> {
  if ((await catalog.namespaces(namespace)) === undefined) sendUnknown(exchange, 'Namespace', namespace);
  else if (exchange.request.method === 'HEAD') exchange.response.writeHead(204).end();
  else sendJson(exchange, { namespace, properties: {} });
}

async function listTables({ exchange, catalog, namespace }: Request): Promise<void> {
  const tables = await catalog.tables(namespace);
  if (tables === undefined) sendUnknown(exchange, 'Namespace', namespace);
  else sendJson(exchange, { identifiers: tables.map((name) => ({ namespace, name })) });
}

async function loadTable({ exchange, catalog, namespace, name }: Request): Promise<void> {
  const asked = exchange.url.searchParams.get('snapshots') ?? 'all';
  if (asked !== 'all' && asked !== 'refs') {
    sendCatalogError(exchange, 400, `snapshots is "all" or "refs", not "${asked}"`);
    return;
  }
  const answer = await catalog.load([...namespace, name], asked);
  if (answer === undefined) sendUnknown(exchange, 'Table', [...namespace, name]);
  else {
    exchange.response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(answer);
  }
}

async function findTable({ exchange, catalog, namespace, name }: Request): Promise<void> {
  if (await catalog.hasTable([...namespace, name])) exchange.response.writeHead(204).end();
  else sendUnknown(exchange, 'Table', [...namespace, name]);
}

async function takeReport({ exchange }: Request): Promise<void> {
  await readBody(exchange.request, longestReport);
  exchange.response.writeHead(204).end();
}

async function listViews({ exchange, catalog, namespace }: Request): Promise<void> {
  const views = await catalog.views(namespace);
  if (views === undefined) sendUnknown(exchange, 'Namespace', namespace);
  else sendJson(exchange, { identifiers: views.map((name) => ({ namespace, name })) });
}

async function loadView({ exchange, catalog, namespace, name }: Request): Promise<void> {
  const answer = await catalog.loadView([...namespace, name]);
  if (answer === undefined) sendUnknown(exchange, 'View', [...namespace, name]);
  else if (exchange.request.method === 'HEAD') exchange.response.writeHead(204).end();
  else sendJson(exchange, answer);
}

function sendUnknown(exchange: Exchange, kind: 'Namespace' | 'Table' | 'View', name: Name): void {
  sendCatalogError(exchange, 404, `${kind} does not exist: ${name.join('.')}`, `NoSuch${kind}Exception`);
}
