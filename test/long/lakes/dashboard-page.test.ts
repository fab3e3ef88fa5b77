import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../../support/browser.ts';
import { PageServer } from '../../support/page-server.ts';
import { skipWithout } from '../../support/skipping.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const sizes = [390, 768, 1280, 1920];

describe('the page of the dashboard in a browser', function () {
  this.timeout(120_000);
  let browser: Browser;
  let server: PageServer;
  const complaints: string[] = [];

  before(async function () {
    const found = await openBrowser();
    skipWithout(this, typeof found === 'string' ? found : undefined);
    browser = found as Browser;
    server = await PageServer.open(40);
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  const open = async (options: BrowserContextOptions, from = server): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error.stack)));
    await page.goto(from.address);
    await page.locator('#legend[data-start]:not([data-start=""])').waitFor();
    for (const table of ['coins', 'jobs', 'tape-trades', 'positions'])
      await page.locator(`#${table} td`).first().waitFor();
    return page;
  };

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`fits every size, hides no column without saying so, and has no fault that axe-core knows (${colorScheme})`, async () => {
      for (const width of sizes) {
        for (const locale of ['en-US', 'pt-BR']) {
          const page = await open({ viewport: { width, height: 900 }, colorScheme, locale });
          const wide = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [number, number];
          assert.ok(wide[0] <= wide[1], `${String(wide[0])} px wide on ${String(wide[1])}`);
          const cut =
            (await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
            [...document.querySelectorAll('.scroll')]
              .filter((place) => place.scrollWidth > place.clientWidth + 1)
              .map((place) => [place.id, place.nextElementSibling?.classList.contains('sideways') === true])))))`)) as [
              string,
              boolean,
            ][];
          assert.deepEqual(
            cut.filter(([, hinted]) => !hinted),
            [],
          );
          const whole =
            width >= 1000 ? ['coins', 'trades', 'positions', 'jobs', 'parts', 'tape-trades'] : ['coins', 'tape-trades'];
          assert.deepEqual(
            cut.filter(([id]) => whole.includes(id)),
            [],
            `${String(width)} ${locale}`,
          );
          await page.evaluate(axe);
          const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
          assert.deepEqual(
            violations.map(({ id }) => id),
            [],
            `${String(width)} ${locale}`,
          );
          await page.context().close();
        }
      }
      assert.deepEqual(complaints, []);
    });
  }

  it('is in the language of the browser, numbers and dates too; the dashboard keeps its name', async () => {
    const coin = server.price('BTC/USD');
    for (const [locale, language, heading, tag] of [
      ['pt-BR', 'pt-BR', 'Visão do mercado', 'pt-BR'],
      ['en-GB', 'en', 'Market overview', 'en-US'],
      ['de-DE', 'en', 'Market overview', 'en-US'],
    ] as const) {
      const page = await open({ viewport: { width: 1280, height: 900 }, locale });
      const price = new Intl.NumberFormat(tag, { maximumFractionDigits: 12 }).format(coin);
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      assert.equal(await page.locator('#overview-title').textContent(), heading);
      assert.equal(await page.locator('#price').textContent(), price);
      assert.equal(await page.locator('h1').textContent(), 'Crypto Cotação de Mercado');
      assert.equal(await page.title(), `${price} BTC/USD · Crypto Cotação de Mercado`);
      const date = /^(?:\d{4}-\d\d-\d\d|\d\d\/\d\d\/\d{4}) /.exec(
        (await page.locator('#legend').textContent()) ?? '',
      )?.[0];
      assert.equal(date?.includes('/'), language === 'pt-BR');
      await page.context().close();
    }
  });

  const coinsOf = (page: Page) =>
    page
      .locator('#coins tbody tr')
      .evaluateAll((rows) => rows.map((row) => (row as unknown as { dataset: { coin: string } }).dataset.coin));

  it('lists all coins, sorts them by mouse and keyboard, and shows the one that is chosen', async () => {
    const page = await open({ viewport: { width: 1280, height: 900 } });
    assert.deepEqual(await coinsOf(page), [...server.coins].sort());
    const states = server.coins
      .slice(0, 5)
      .map((coin) => page.locator(`#coins tr[data-coin="${coin}"] .word`).textContent());
    assert.deepEqual(await Promise.all(states), ['traded', 'quoted', 'carried', 'missing', 'provisional']);
    const title = (name: string) => page.locator('#coins th').getByRole('button', { name, exact: true });
    await title('price').click();
    const falling = [...server.coins].sort((one, other) => server.price(other) - server.price(one));
    assert.deepEqual(await coinsOf(page), falling);
    assert.equal(await page.locator('th[data-column="price"]').getAttribute('aria-sort'), 'descending');
    await title('price').press('Enter');
    assert.deepEqual(await coinsOf(page), falling.reverse());
    await title('24 h').press('Enter');
    assert.equal((await coinsOf(page)).at(-1), 'SOL/USD', 'a coin without the value is not at the end');
    await page.locator('#coins tr[data-coin="ETH/USD"] button').press('Enter');
    assert.equal(await page.locator('#coin-pair').textContent(), 'ETH/USD');
    await page.locator('#coins tr[data-coin="ADA/USD"]').click();
    assert.equal(await page.locator('#coin-pair').textContent(), 'ADA/USD');
    await page.context().close();
  });

  it('shows the bars that come, and works with one coin', async () => {
    const one = await PageServer.open(1);
    try {
      const page = await open({ viewport: { width: 390, height: 844 } }, one);
      assert.deepEqual(await coinsOf(page), ['BTC/USD']);
      one.feed.send('bars', { bars: [one.bar('BTC/USD', { close: 123_456.75, provisional: true, revision: 2 })] });
      await page.locator('#coins td', { hasText: '123,456.75' }).waitFor();
      await page.locator('#coins .dot.provisional').waitFor();
      assert.equal(await page.locator('#price').textContent(), '123,456.75');
      await page.context().close();
    } finally {
      one.close();
    }
  });
});
