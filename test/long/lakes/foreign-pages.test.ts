import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { layOut } from '../../../src/local/layout.ts';
import { openBrowser } from '../../support/browser.ts';
import { TestLake } from '../../support/lake.ts';
import { skipWithout } from '../../support/skipping.ts';

describe('pages of other sites in a browser', function () {
  this.timeout(240_000);
  let lake: TestLake;
  let browser: Browser;
  let context: BrowserContext;
  let evil: Server;
  let page: Page;
  const port = (url: string) => new URL(url).port;
  const isOpen = async () => (await lake.askSearch('/crypto_quote/_count')).status === 200;

  before(async function () {
    const found = await openBrowser('evil.test', 'rebind.test');
    skipWithout(this, typeof found === 'string' ? found : undefined);
    browser = found as Browser;
    evil = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>Evil.')).listen(
      0,
      '127.0.0.1',
    );
    await once(evil, 'listening');
    lake = await TestLake.prepare();
    await lake.run('up', '--no-produce');
    context = await browser.newContext();
    page = await context.newPage();
  });

  after(async () => {
    await (browser as Browser | undefined)?.close();
    (evil as Server | undefined)?.close();
    await (lake as TestLake | undefined)?.remove();
  });

  /** Opens the page of the other site. */
  const visit = () => page.goto(`http://evil.test:${String((evil.address() as AddressInfo).port)}/`);

  /** What a script of the open page gets: a status, or why there is none. */
  const ask = (url: string, init: RequestInit = {}): Promise<number | string> =>
    page.evaluate(
      ([to, how]) =>
        fetch(to as string, how as RequestInit).then(
          (response) => response.status,
          (error: unknown) => String(error),
        ),
      [url, init] as const,
    );

  it('can not close the index, nor anything else that needs no answer', async () => {
    await visit();
    for (const path of ['/crypto_quote/_close', '/_flush', '/_cache/clear', '/_cluster/reroute'])
      assert.equal(await ask(`${lake.search}${path}`, { method: 'POST', mode: 'no-cors' }), 0, path);
    await ask(`${lake.search}/crypto_quote/_search`, { method: 'POST', mode: 'no-cors', body: '{}' });
    assert.match(String(await ask(`${lake.search}/crypto_quote`, { method: 'DELETE' })), /TypeError/);
    assert.ok(await isOpen());
  });

  it('can not do it by a name that leads to this machine either', async () => {
    for (const [url, path] of [
      [lake.search, '/crypto_quote'],
      [lake.dashboard, '/api/trades'],
    ] as const) {
      const opened = await page.goto(`http://rebind.test:${port(url)}/`);
      assert.equal(opened?.status(), 403);
      for (const method of ['GET', 'DELETE', 'POST', 'PUT']) assert.equal(await ask(path, { method }), 403, method);
    }
    assert.ok(await isOpen());
  });

  it('see nothing of the dashboard that the same browser is signed in to', async () => {
    await page.goto(lake.dashboard);
    assert.match((await page.textContent('body')) ?? '', /run "cryptodm dashboard"/);
    const link = await lake.link();
    await page.goto(link);
    await page.locator('html[data-connection="live"]').waitFor();
    assert.equal(page.url(), `${lake.dashboard}/`);
    assert.equal(await page.evaluate('document.cookie'), '');
    assert.equal(await ask('/api/trades'), 200);

    await visit();
    const credentials = 'include';
    assert.match(String(await ask(`${lake.dashboard}/api/trades`, { credentials })), /TypeError/);
    const body = '{"sql":"select 1"}';
    const post = { method: 'POST', mode: 'no-cors', credentials, body } as const;
    assert.match(String(await ask(`${lake.dashboard}/api/sql`, post)), /TypeError/);
    // A link there leads to the page, although the cookie does not come with the first step.
    await page.evaluate(`location.href = '${lake.dashboard}/'`);
    await page.locator('html[data-connection="live"]').waitFor();

    const other = await (await browser.newContext()).newPage();
    await other.goto(link);
    assert.match((await other.textContent('body')) ?? '', /used before/);
    await other.goto(lake.dashboard);
    assert.match((await other.textContent('body')) ?? '', /run "cryptodm dashboard"/);
    await other.context().close();
  });

  it('a new credential starts the parts again, ends the sessions, and is used by everything', async () => {
    const file = layOut(lake.data).credential;
    const before = readFileSync(file, 'utf8');
    const pid = await lake.pidOf('elasticsearch');
    rmSync(file);
    await lake.named('file-damaged', /credential is missing/);
    await lake.run('up', '--no-produce');
    assert.notEqual(readFileSync(file, 'utf8'), before);
    assert.notEqual(await lake.pidOf('elasticsearch'), pid);
    await lake.sound();
    const old = { authorization: `Bearer ${before}` };
    assert.equal((await fetch(`${lake.search}/`, { headers: old })).status, 401);
    assert.equal((await fetch(`${lake.dashboard}/metrics`, { headers: old })).status, 401);
    await page.locator('text=run "cryptodm dashboard"').waitFor();
  });

  it('are refused also where the login is not asked for', async () => {
    const open = { CRYPTODM_ACCESS_SEARCH: 'open', CRYPTODM_ACCESS_DASHBOARD: 'open' };
    const ran = await lake.try(['up', '--no-produce'], { env: open });
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(ran.stdout.includes(`See:  ${lake.dashboard}\n`) || ran.stdout.endsWith(lake.dashboard), ran.stdout);
    assert.equal((await fetch(`${lake.search}/crypto_quote/_count`)).status, 200);
    await page.goto(lake.dashboard);
    await page.locator('html[data-connection="live"]').waitFor();
    await visit();
    assert.equal(await ask(`${lake.search}/crypto_quote/_close`, { method: 'POST', mode: 'no-cors' }), 0);
    await page.goto(`http://rebind.test:${port(lake.search)}/`);
    assert.equal(await ask('/crypto_quote/_close', { method: 'POST' }), 403);
    assert.ok(await isOpen());
  });
});
