import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';

describe('the dashboard without a browser', function () {
  this.timeout(120_000);
  let lake: TestLake;

  before(async () => {
    lake = await sharedLake();
  });

  it('refuses requests of other sites', async () => {
    const status = (path: string, headers: Record<string, string>, method = 'GET') =>
      new Promise<number | undefined>((done, fail) => {
        const sent = request(`${lake.dashboard}${path}`, { method, headers, agent: false }, (answer) => {
          answer.resume();
          done(answer.statusCode);
        });
        sent.on('error', fail).end();
      });
    const host = new URL(lake.dashboard).host;
    assert.equal(await status('/', {}), 200);
    assert.equal(await status('/api/trades', { origin: lake.dashboard }), 200);
    for (const foreign of ['evil.example', `evil.example:${new URL(lake.dashboard).port}`, '127.0.0.1']) {
      assert.equal(await status('/', { host: foreign }), 403, foreign);
    }
    for (const origin of ['http://evil.example', 'null', `https://${host}`, 'http://localhost:1']) {
      assert.equal(await status('/api/trades', { origin }), 403, origin);
      assert.equal(await status('/api/sql', { origin }, 'POST'), 403, origin);
    }
    assert.equal(await status('/api/trades', { 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(await status('/api/trades', {}, 'DELETE'), 405);
    for (const path of ['/', '/api/alive']) assert.equal(await status(path, {}, 'HEAD'), 200, path);
    for (const path of ['/api/live', '/api/sql']) assert.equal(await status(path, {}, 'HEAD'), 405, path);
    assert.equal(await status('/', { host: 'evil.example' }, 'HEAD'), 403);
    assert.equal(await status('/../../etc/passwd', {}), 404);
    assert.equal(await status('/api/gaps?coin=BTC/USD&from=9999999d', {}), 400);
  });
});
