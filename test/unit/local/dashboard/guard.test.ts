import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkRequest, refusalOf } from '../../../../src/local/dashboard/guard.ts';
import { DashboardLogin } from '../../../../src/local/dashboard/login.ts';

const port = 29_080;
const ask = (headers: Record<string, string | undefined>, more: { method?: string; path?: string } = {}) =>
  refusalOf({ method: 'GET', path: '/api/trades', headers: { host: '127.0.0.1:29080', ...headers }, ...more }, port);

describe('the guard of the dashboard', () => {
  it('lets in who comes from this machine: the page itself, a person, a tool', () => {
    for (const headers of [
      {},
      { host: 'localhost:29080' },
      { origin: 'http://127.0.0.1:29080', 'sec-fetch-site': 'same-origin' },
      { origin: 'http://localhost:29080', host: 'localhost:29080' },
      { 'sec-fetch-site': 'none' },
    ]) {
      assert.equal(ask(headers), undefined, JSON.stringify(headers));
    }
  });

  it('refuses every other name of the host, as after DNS rebinding', () => {
    for (const host of [
      '',
      'evil.example',
      'evil.example:29080',
      '127.0.0.1',
      'localhost:29081',
      '127.0.0.1:29080.evil.example',
    ]) {
      assert.match(ask({ host }) ?? '', /127\.0\.0\.1 and localhost only/, host);
    }
    assert.ok(refusalOf({ method: 'GET', path: '/', headers: {} }, port));
  });

  it('refuses every other origin, also that of another server of this machine', () => {
    for (const origin of [
      'http://evil.example',
      'null',
      'https://127.0.0.1:29080',
      'http://localhost:3000',
      'file://',
    ]) {
      assert.match(ask({ origin }) ?? '', /another origin/, origin);
    }
  });

  it('refuses what another site embeds or asks without an origin, but not a link to the page', () => {
    for (const site of ['cross-site', 'same-site']) {
      assert.match(ask({ 'sec-fetch-site': site }) ?? '', /another site/);
      assert.match(ask({ 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }, { path: '/' }) ?? '', /another site/);
      assert.equal(ask({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }, { path: '/' }), undefined);
      assert.match(ask({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }) ?? '', /another site/);
      const post = { method: 'POST', path: '/' };
      assert.match(ask({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }, post) ?? '', /another site/);
    }
  });

  interface Case {
    name: string;
    open?: boolean;
    method?: string;
    headers: Record<string, string>;
    status: number;
  }
  const guarded = JSON.parse(readFileSync('test/fixtures/requests/guarded.json', 'utf8')) as {
    port: number;
    token: string;
    cases: Case[];
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const fill = (value: string) =>
    value
      .replace('TOKEN', guarded.token)
      .replace('BASIC', base64(`cryptodm:${guarded.token}`))
      .replace('OTHERUSER', base64(`admin:${guarded.token}`));

  for (const { name, open, method = 'GET', headers: given, status } of guarded.cases) {
    it(`decides as Elasticsearch's guard does: ${name}`, () => {
      const login = new DashboardLogin(open === true ? undefined : guarded.token, guarded.port);
      const headers = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, fill(value)]));
      const refusal = checkRequest({ method, path: '/crypto_quote/_close', headers }, guarded.port, () =>
        login.accepts({ headers, socket: {} }),
      );
      assert.equal(refusal?.status ?? 200, status);
    });
  }
});
