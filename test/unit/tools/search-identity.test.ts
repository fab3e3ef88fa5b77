import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptsWrites, alignIndex } from '../../../src/tools/elastic.ts';
import { askSearch, requireOwnSearch } from '../../../src/tools/search-identity.ts';
import { askDashboard } from '../../../src/local/parts/dashboard.ts';

describe('a server of another lake', () => {
  let server: Server;
  let url: string;
  let answer: string;
  let asked: string[];

  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.setHeader('content-type', 'application/json').end(answer);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => server.close());

  it('differs from the own one, and from what is no lake’s', async () => {
    answer = '{"cluster_name":"cryptodm","lake":"one"}';
    assert.deepEqual(await askSearch(url), { lake: 'one' });
    await requireOwnSearch({ url, lake: 'one' });
    await requireOwnSearch({ url });
    await assert.rejects(requireOwnSearch({ url, lake: 'two' }), /is not the Elasticsearch of this lake/);
    for (answer of ['{}', 'null', '<html>', '7']) {
      await assert.rejects(requireOwnSearch({ url, lake: 'one' }), /is not the Elasticsearch of this lake/, answer);
    }
  });

  it('gets no write', async () => {
    answer = '{"lake":"one"}';
    const template = {
      index_patterns: [],
      template: { settings: {}, mappings: { dynamic: 'strict' as const, properties: {} }, aliases: {} },
    };
    assert.equal(await acceptsWrites({ url, lake: 'two' }), false);
    await assert.rejects(
      alignIndex({ url, lake: 'two' }, 'crypto_quote', template, false),
      /not the Elasticsearch of this lake/,
    );
    assert.deepEqual(asked, ['GET /', 'GET /']);
  });

  it('does not pass for the dashboard of this one', async () => {
    const own = { url, data: '/lakes/one', lake: 'id' };
    answer = '{"data":"/lakes/one","lake":"id"}';
    assert.equal(await askDashboard(own), 'own');
    // An earlier version tells only the folder.
    assert.equal(await askDashboard({ url, data: '/lakes/one' }), 'own');
    for (answer of ['{"data":"/lakes/one","lake":"other"}', '{"data":"/lakes/two","lake":"id"}', '{}', 'null', 'text'])
      assert.equal(await askDashboard(own), 'foreign', answer);
  });

  it('is no other one while nothing answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    silent.close();
    await once(silent, 'close');
    assert.equal(await askSearch(address), undefined);
    assert.equal(await askDashboard({ url: address, data: '/x' }), 'silent');
  });
});
