import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { declareLake } from '../../../src/lake/declaration.ts';
import type { Dashboard } from '../../../src/local/dashboard/dashboard.ts';
import { DashboardLogin } from '../../../src/local/dashboard/login.ts';
import { answer } from '../../../src/local/dashboard/server.ts';
import { LocalLake } from '../../../src/local/lake.ts';
import { tableTexts } from '../../../src/lake/texts.ts';
import { catalogViews } from '../../../src/lake/views.ts';
import type { OpenTool } from '../../../src/lake/snippet.ts';
import { localSnippet } from '../../../src/local/snippets.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { runQuery } from '../../../src/local/query/query.ts';
import { pathOfLocation, readTablePointers } from '../../../src/local/tables/catalog.ts';
import { parseTableMetadata } from '../../../src/tools/iceberg/metadata.ts';
import type { Cell } from '../../../src/tools/sql/types.ts';
import { engines, pythonPath } from '../../support/engines/python.ts';
import { prepareExtensions } from '../query/extensions.ts';
import { placeWarehouse, type Warehouse } from '../query/place-warehouse.ts';

const token = 'a-credential-of-a-test-lake';
const [table, column] = ['crypto_db.crypto_quote', 'price_crypto'];
const loaded = '/v1/namespaces/crypto_db/tables/crypto_quote';
const view = '/v1/namespaces/crypto_db/views/crypto_trader_view';
const declaration = declareLake(['BTC/USD']);

interface CatalogError {
  error: { message: string; type: string; code: number };
}

interface ViewMetadata {
  'view-uuid': string;
  location: string;
  versions: {
    'default-catalog'?: string;
    representations: { type: string; dialect: string; sql: string }[];
  }[];
}

describe('the Iceberg catalog of a lake, for engines of others', function () {
  this.timeout(300_000);
  let lake: Warehouse;
  let server: Server;
  let uri: string;
  let folder: string;
  let credential: string;
  let python: string;

  before(async () => {
    python = join(await engines('clients'), 'python');
    lake = placeWarehouse('trading');
    folder = dirname(lake.catalogFile);
    credential = join(folder, 'credential');
    writeFileSync(credential, token);
    let dashboard: Dashboard | undefined;
    server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo;
      // What the catalog's routes use of a dashboard.
      dashboard ??= {
        lake: { layout: { catalog: lake.catalogFile, warehouse: lake.warehouse, data: folder }, id: 'test' },
        declaration,
        login: new DashboardLogin(token, port),
      } as unknown as Dashboard;
      void answer(request, response, port, dashboard);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    uri = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/iceberg`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
    lake.remove();
  });

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${uri}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  const refusal = async (path: string, init?: RequestInit) => {
    const answered = await ask(path, init);
    const { error } = (await answered.json()) as CatalogError;
    assert.equal(error.code, answered.status);
    assert.notEqual(error.message, '');
    return [answered.status, error.type];
  };
  const env = { PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1' };
  const program = (name: string) => join(import.meta.dirname, name);
  /** Runs what "cryptodm open" prints. */
  const read = async (tool: OpenTool) => {
    const { port } = new URL(uri);
    const settings = readSettings({ flags: {}, env: { CRYPTODM_PORTS_DASHBOARD: port }, cwd: folder });
    const local = new LocalLake({ ...settings, paths: { ...settings.paths, data: folder } });
    const file = join(folder, `snippet-${tool}`);
    writeFileSync(file, localSnippet(local, { entry: [] }, tool).text);
    const { stdout } = await execa(python, [program('sums.py'), tool, file, column], { env });
    return JSON.parse(stdout) as { rows: number; sum: string; shown: string };
  };

  it('is read by what "open" prints for PyIceberg, Polars, a notebook and DuckDB, with the rows and the sum of our own query, deletes applied', async () => {
    const rows: Cell[][] = [];
    const sql = `select count(*)::int, sum(${column})::varchar from ${table}`;
    const sink = { columns: () => undefined, rows: (some: Cell[][]) => void rows.push(...some) };
    await runQuery({ ...lake, extensions: await prepareExtensions(), views: [], sql }, sink);
    const expected = { rows: rows[0]?.[0], sum: rows[0]?.[1] };
    assert.equal(expected.rows, 7);
    for (const tool of ['pyiceberg', 'polars', 'jupyter', 'duckdb'] as const) {
      const { shown, ...found } = await read(tool);
      assert.deepEqual(found, expected, tool);
      assert.match(shown, /\bBTC\b/, tool);
    }
  });

  it('says what it answers, all of it for reading', async () => {
    const { endpoints } = (await (await ask('/v1/config')).json()) as { endpoints: string[] };
    assert.deepEqual(
      endpoints.filter((endpoint) => !/^(GET|HEAD) /.test(endpoint)),
      ['POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics'],
    );
  });

  it('refuses each change of PyIceberg and DuckDB, and stays as it is', async () => {
    const before = await readTablePointers(lake.catalogFile);
    for (const [tool, answer] of [
      ['pyiceberg', /Server does not support endpoint/],
      ['duckdb', /this catalog is for reading/],
    ] as const) {
      const { stdout } = await execa(python, [program('write.py'), tool, uri, credential, table], { env });
      const refused = JSON.parse(stdout) as string[];
      assert.ok(refused.length >= 3);
      for (const message of refused) assert.match(message, answer, tool);
    }
    assert.deepEqual(await readTablePointers(lake.catalogFile), before);
  });

  it('lists namespaces and tables, and knows what is not there', async () => {
    assert.deepEqual(await (await ask('/v1/namespaces')).json(), { namespaces: [['crypto_db']] });
    assert.deepEqual(await (await ask('/v1/namespaces?parent=crypto_db')).json(), { namespaces: [] });
    const { identifiers } = (await (await ask('/v1/namespaces/crypto_db/tables')).json()) as { identifiers: unknown[] };
    assert.deepEqual(identifiers[0], { namespace: ['crypto_db'], name: 'bad_record' });
    for (const [path, status] of [
      ['/v1/namespaces/crypto_db', 204],
      [loaded, 204],
      ['/v1/namespaces/nothing', 404],
      ['/v1/namespaces/crypto_db/tables/nothing', 404],
    ] as const) {
      assert.equal((await ask(path, { method: 'HEAD' })).status, status, path);
    }
    assert.deepEqual(await refusal('/v1/namespaces/nothing'), [404, 'NoSuchNamespaceException']);
    assert.deepEqual(await refusal('/v1/namespaces?parent=nothing'), [404, 'NoSuchNamespaceException']);
    assert.deepEqual(await refusal('/v1/namespaces/nothing/tables'), [404, 'NoSuchNamespaceException']);
    assert.deepEqual(await refusal('/v1/namespaces/crypto_db/tables/nothing'), [404, 'NoSuchTableException']);
  });

  it('has the view of the trades, in the SQL of Spark and of Trino', async () => {
    const listed = (await (await ask('/v1/namespaces/crypto_db/views')).json()) as unknown;
    assert.deepEqual(listed, { identifiers: [{ namespace: ['crypto_db'], name: 'crypto_trader_view' }] });
    assert.equal((await ask(view, { method: 'HEAD' })).status, 204);
    assert.equal((await ask(`${view}x`, { method: 'HEAD' })).status, 404);
    assert.deepEqual(await refusal(`${view}x`), [404, 'NoSuchViewException']);
    assert.deepEqual(await refusal('/v1/namespaces/crypto_db/tables/crypto_trader_view'), [
      404,
      'NoSuchTableException',
    ]);
    assert.deepEqual(await refusal('/v1/namespaces/nothing/views'), [404, 'NoSuchNamespaceException']);
    assert.deepEqual(await refusal(view.replace('crypto_db', 'nothing')), [404, 'NoSuchViewException']);
    const { metadata } = (await (await ask(view)).json()) as { metadata: ViewMetadata };
    assert.deepEqual(((await (await ask(view)).json()) as { metadata: ViewMetadata }).metadata, metadata);
    assert.match(metadata['view-uuid'], /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(metadata.location, `file://${lake.warehouse}/crypto_db/crypto_trader_view`);
    const [version] = metadata.versions;
    assert.deepEqual(
      version?.representations.map(({ type, dialect, sql }) => [type, dialect, /^from (\S+)/m.exec(sql)?.[1]]),
      [
        ['sql', 'spark', 'crypto_db.crypto_trader'],
        ['sql', 'trino', 'lake.crypto_db.crypto_trader'],
      ],
    );
    // Each engine has its own: Spark would take this name for its catalog's, Trino for none.
    assert.equal(version?.['default-catalog'], undefined);
  });

  it('shows the view to PyIceberg, which runs none; DuckDB does not see it', async () => {
    const { stdout } = await execa(python, [program('views.py'), uri, credential], { env });
    const [declared] = catalogViews(declaration);
    assert.deepEqual(JSON.parse(stdout), {
      pyiceberg: {
        listed: ['crypto_db.crypto_trader_view'],
        exists: true,
        columns: declared?.columns.map(({ name, type, required }) => [name, type, required]),
        sql: declared?.select('lake'),
        comment: tableTexts['crypto_db.crypto_trader_view'],
      },
      duckdb: {
        listed: ['bad_record', 'crypto_assets', 'crypto_quote', 'crypto_trader'],
        refusal: 'Catalog Error: Table with name crypto_trader_view does not exist!',
      },
    });
  });

  it('gives the metadata as it was written, or with the snapshots of branches only, no digit of an id lost', async () => {
    const pointers = await readTablePointers(lake.catalogFile);
    const location = pointers.find(({ name }) => name === table)?.metadataLocation;
    const idIn = (text: string) => /"current-snapshot-id" ?: ?(\d+)/.exec(text)?.[1];
    const metadataOf = async (query: string) => {
      const text = await (await ask(`${loaded}${query}`)).text();
      const answered = JSON.parse(text) as { 'metadata-location': string };
      assert.equal(answered['metadata-location'], location);
      return {
        text,
        metadata: parseTableMetadata(text.slice(text.indexOf('"metadata":') + 11, -',"config":{}}'.length)),
      };
    };
    const [all, refs] = [await metadataOf(''), await metadataOf('?snapshots=refs')];
    assert.ok(all.metadata.snapshots.length > 1);
    assert.deepEqual(refs.metadata.snapshots, [all.metadata.current]);
    assert.deepEqual(refs.metadata.log.length, 1);
    assert.match(idIn(all.text) ?? '', /^\d{16,}$/);
    assert.equal(idIn(refs.text), idIn(all.text));
    assert.deepEqual(await refusal(`${loaded}?snapshots=some`), [400, 'BadRequestException']);
  });

  it('gives packed metadata as it is inside', async () => {
    const packed = 'crypto_db.crypto_assets';
    const file = pathOfLocation(
      (await readTablePointers(lake.catalogFile)).find(({ name }) => name === packed)?.metadataLocation ?? '',
    );
    const text = readFileSync(file);
    writeFileSync(file, gzipSync(text));
    try {
      const answered = await (await ask('/v1/namespaces/crypto_db/tables/crypto_assets')).text();
      assert.ok(answered.includes(text.toString()));
    } finally {
      writeFileSync(file, text);
    }
  });

  it('takes no change, nobody without the login, and no page of another site; each refusal in the form of the specification', async () => {
    const body = { headers: { 'content-type': 'application/json' }, body: '{}' };
    for (const [method, path] of [
      ['POST', '/v1/namespaces'],
      ['POST', loaded],
      ['DELETE', loaded],
      ['POST', '/v1/oauth/tokens'],
      ['GET', '/v1/transactions/commit'],
    ] as const) {
      const asked = refusal(path, { method, ...(method === 'POST' ? body : {}) });
      assert.deepEqual(await asked, [406, 'UnsupportedOperationException'], `${method} ${path}`);
    }
    assert.deepEqual(await refusal('/v1/namespaces/%FF'), [400, 'BadRequestException']);
    assert.deepEqual(await refusal('/v1/config', { headers: { authorization: 'Bearer wrong' } }), [
      401,
      'NotAuthorizedException',
    ]);
    assert.deepEqual(await refusal(loaded, { headers: { origin: 'http://evil.example' } }), [
      403,
      'NotAuthorizedException',
    ]);
    assert.equal((await ask(`${loaded}/metrics`, { method: 'POST', ...body })).status, 204);
  });

  it('says that a metadata file is away, and answers again once it is back', async () => {
    const pointers = await readTablePointers(lake.catalogFile);
    const file = pathOfLocation(pointers.find(({ name }) => name === table)?.metadataLocation ?? '');
    renameSync(file, `${file}.away`);
    try {
      assert.deepEqual(await refusal(loaded), [503, 'ServiceUnavailableException']);
    } finally {
      renameSync(`${file}.away`, file);
    }
    assert.equal((await ask(loaded)).status, 200);
    assert.ok(statSync(file).size > 0);
  });
});
