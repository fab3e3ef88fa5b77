import assert from 'node:assert/strict';
import { signIn } from '../../../src/tools/credential.ts';
import { layOut } from '../../../src/local/layout.ts';
import { send, type Answer } from '../../support/http-request.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';

/** The cookie that an answer sets. */
function cookieOf({ headers }: Answer): string {
  const [cookie] = headers['set-cookie'] ?? [];
  return cookie?.split(';')[0] ?? '';
}

describe('the dashboard without a browser', function () {
  this.timeout(120_000);
  let lake: TestLake;
  let login: { authorization?: string };
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    send(`${lake.dashboard}${path}`, headers, { method });
  const status = async (...[path, headers, method]: Parameters<typeof ask>) =>
    (await ask(path, { ...login, ...headers }, method)).status;

  before(async () => {
    lake = await sharedLake();
    login = signIn(layOut(lake.data).credential);
  });

  it('refuses requests of other sites, also with the login of the lake', async () => {
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
    assert.equal(await status('/../../etc/passwd', {}), 404);
  });

  it('asks for the login of the lake: a program with a challenge, a person with a page', async () => {
    for (const path of ['/', '/metrics', '/api/alive', '/api/trades', '/app.js', '/nothing']) {
      const answer = await ask(path);
      assert.equal(answer.status, 401, path);
      assert.match(String(answer.headers['www-authenticate']), /Basic realm="cryptodm".*Bearer/);
      assert.match(answer.body, /user cryptodm, the password is in the file/);
    }
    assert.equal((await ask('/metrics', { authorization: 'Bearer wrong' })).status, 401);
    assert.equal((await ask('/metrics', { ...login })).status, 200);
    const page = await ask('/', { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' });
    assert.equal(page.status, 401);
    assert.equal(page.headers['www-authenticate'], undefined);
    assert.match(page.body, /run "cryptodm dashboard"/);
  });

  it('is opened by the link of "dashboard", once, for a browser that keeps the cookie', async () => {
    const link = (await lake.runHere('dashboard', '--no-open')).trim();
    const path = link.slice(lake.dashboard.length);
    assert.match(link, new RegExp(`^${lake.dashboard}/enter\\?code=[\\w-]{32}$`));
    assert.equal((await ask(path, { 'sec-purpose': 'prefetch;prerender' })).status, 503);
    const visit = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
    const entered = await ask(path, visit);
    assert.equal(entered.status, 200);
    assert.match(String(entered.headers['set-cookie']), /; HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(entered);
    assert.equal((await ask('/', { cookie })).status, 200);
    assert.equal((await ask('/api/trades', { cookie, 'sec-fetch-site': 'same-origin' })).status, 200);
    assert.equal((await ask('/api/trades', { cookie, 'sec-fetch-site': 'same-site' })).status, 403);
    assert.equal((await ask('/api/link', { cookie }, 'POST')).status, 400);
    const again = await ask(path, visit);
    assert.deepEqual([again.status, again.headers['set-cookie']], [401, undefined]);
    assert.match(again.body, /Run "cryptodm dashboard" for a new one/);
  });

  it('takes a visitor from another site in two steps, because the cookie does not come with the first', async () => {
    const visit = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
    const first = await ask('/', visit);
    assert.match(first.body, /http-equiv="refresh" content="0; url=\/\?again"/);
    assert.equal((await ask('/?again', visit)).status, 401);
  });
});
