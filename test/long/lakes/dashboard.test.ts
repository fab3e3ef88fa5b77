import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { readSupervisor } from '../../../src/local/supervisor/parts.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { openBrowser } from '../../support/browser.ts';
import { CoinApiDouble } from '../../support/coinapi.ts';
import { TestLake } from '../../support/lake.ts';
import { recordings } from '../../support/market.ts';
import { skipWithout } from '../../support/skipping.ts';
import { sendRaw } from '../../support/topic.ts';

const second = 1000;
/** Folder for the README's pictures; if unset, none are made. */
const pictures = process.env['CRYPTODM_SCREENSHOTS'];

/** The last recorded minute is 23:59; the tests send later ones. */
const minuteAt = (minutes: number) =>
  new Date(Date.UTC(2023, 2, 11) + minutes * 60_000).toISOString().replace('.000Z', 'Z');

/** Notes what is drawn on canvases: the labels of an axis are nowhere else in the page. */
const noteDrawing = `{
  const { prototype } = CanvasRenderingContext2D;
  const { fillText, fillRect } = prototype;
  window.drawn = { texts: new Set(), colors: new Set() };
  prototype.fillText = function (text, ...rest) {
    drawn.texts.add(text);
    return fillText.call(this, text, ...rest);
  };
  prototype.fillRect = function (...area) {
    drawn.colors.add(this.fillStyle);
    return fillRect.apply(this, area);
  };
}`;

/** A query that takes days and little memory. */
const endless =
  'select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + b.range + c.range = -1';

describe('the dashboard in a browser', function () {
  this.timeout(240 * second);
  let lake: TestLake;
  let browser: Browser;
  let page: Page;
  let coinapi: CoinApiDouble;
  const complaints: string[] = [];

  before(async function () {
    const found = await openBrowser();
    skipWithout(this, typeof found === 'string' ? found : undefined);
    browser = found as Browser;
    coinapi = await CoinApiDouble.open();
    lake = await TestLake.prepare();
    await lake.run('up', '--no-produce');
  });

  after(async () => {
    await browser?.close();
    await lake?.remove();
    coinapi?.close();
  });

  const open = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext(options);
    await context.addInitScript(noteDrawing);
    const opened = await context.newPage();
    opened.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    opened.on('pageerror', (error) => complaints.push(String(error.stack)));
    await opened.goto(await lake.link());
    await opened.waitForURL(`${lake.dashboard}/`);
    await opened.locator('html[data-connection="live"]').waitFor();
    return opened;
  };

  /** Waits until an element has this text. */
  const says = async (selector: string, expected: string | RegExp, withinMs = 60 * second): Promise<void> => {
    let last: string | null = null;
    const met = await awaitAnswer(
      async () => {
        last = await page.locator(selector).textContent();
        const text = (last ?? '').trim();
        return (typeof expected === 'string' ? text === expected : expected.test(text)) ? true : undefined;
      },
      { withinMs, everyMs: 100 },
    );
    assert.ok(met, `${selector} says ${String(last)} instead of ${String(expected)}`);
  };

  const sendBar = (minute: string, close: number, pair = 'BTC/USD', more: Record<string, unknown> = {}) =>
    sendRaw(lake.broker, 'coinbase-currencies', [
      {
        key: pair,
        value: JSON.stringify({
          bars: {
            [pair]: {
              c: close,
              h: close + 3,
              l: close - 2,
              n: 4,
              o: close - 1,
              t: minute,
              v: 0.25,
              vw: close,
              ...more,
            },
          },
        }),
        headers: { source: 'alpaca' },
      },
    ]);

  /** The exact values of a column of a shown table. */
  const valuesOf = (table: string, column: number) =>
    page
      .locator(`#${table} tbody td:nth-child(${String(column)})`)
      .evaluateAll((cells) => cells.map((cell) => (cell as unknown as { dataset: { value?: string } }).dataset.value));

  it('opens by its command, and shows an empty lake without an error', async () => {
    const told = JSON.parse(await lake.run('dashboard', '--no-open', '--json')) as { url: string; opened: boolean };
    assert.match(told.url, new RegExp(`^${lake.dashboard}/enter\\?code=[\\w-]+$`));
    assert.equal(told.opened, false);
    assert.equal((await lake.status()).dashboard, lake.dashboard);
    page = await open({ viewport: { width: 1280, height: 900 } });
    await says('#coin-pair', 'BTC/USD');
    await says('#coin-name', 'Bitcoin');
    await says('#lake-state', 'lake up');
    await page.locator('#no-candles').waitFor();
    await says('#trades', 'No trades yet.');
    await says('#positions', 'No positions yet.');
    assert.deepEqual(complaints, []);
  });

  it('shows the logo of a coin as soon as its icon is in the table', async () => {
    const ran = await lake.try(['assets', 'refresh'], {
      env: { COINAPI_KEY: 'a-key', CRYPTODM_COINAPI_URL: coinapi.url },
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(coinapi.keys, ['a-key']);
    await page.reload();
    const picture = page.locator('#logo img[src*="127.0.0.1"]');
    await picture.waitFor();
    const address = (await picture.getAttribute('src')) ?? '';
    const served = await lake.askDashboard(address);
    assert.deepEqual([served.status, served.headers.get('content-type')], [200, 'image/png']);
  });

  it('shows the recorded day as it comes, and every number equals the tables', async () => {
    // A day before the last minute of the recording.
    await sendBar(minuteAt(-1 - 24 * 60), 20_000);
    const replay = `replay:${resolve(recordings[0] ?? '')}`;
    await lake.run('produce', 'quotes', '--source', replay, '--mix', '--count', '1440');
    const trades = Array.from({ length: 60 }, (_, at) => ({
      transaction_id: `00000000-0000-7000-8000-0000000000${String(at).padStart(2, '0')}`,
      document_id: `1234567890${String(at % 7)}`,
      asset_id: 'BTC',
      asset_type: 'USD',
      transaction_timestamp: minuteAt(-Math.floor(at / 2) - 1).replace('00Z', `${String(10 + (at % 40))}Z`),
      trade_type: at % 3 === 0 ? 'SELL' : 'BUY',
      quantity: (at + 1) / 64,
      ref_date: '2023-03-10',
    }));
    await sendRaw(
      lake.broker,
      'coinbase-trades',
      trades.map((trade) => ({ key: trade.document_id, value: JSON.stringify(trade), headers: { source: 'user' } })),
    );
    await lake.settleLayers();
    await says('#source', 'replay of a recording');
    const [last] = await lake.query<Record<string, string>>(
      'select * from crypto_silver.quote_minute order by start_window desc limit 1',
    );
    assert.equal(last?.['start_window'], minuteAt(-1));
    await says('#price', group(last['price_crypto'] ?? ''));
    await says('#legend', legendOf(last, 'price_crypto'));
    for (const [id, minutes] of [
      ['change-hour', 60],
      ['change-day', 24 * 60],
    ] as const) {
      const [before] = await lake.query<{ price: string }>(
        `select price_crypto as price from crypto_db.crypto_quote where start_window = timestamptz '${minuteAt(-1 - minutes)}'`,
      );
      const percent = 100 * (Number(last['price_crypto']) / Number(before?.price) - 1);
      await says(`#${id}`, `${percent > 0 ? '+' : ''}${percent.toFixed(2)} %`);
    }
    const valued = await lake.query<Record<string, string>>(
      'select * from crypto_silver.trade_valued order by transaction_timestamp desc, transaction_id desc limit 30',
    );
    assert.deepEqual(
      await shown(
        'trades',
        2,
        valued.map((row) => row['transaction_id']),
      ),
      [],
    );
    assert.deepEqual(
      await shown(
        'trades',
        6,
        valued.map((row) => row['value']),
      ),
      [],
    );
    const positions = await lake.query<Record<string, string>>(
      'select holding, cost + unrealised as value, unrealised, realised from crypto_gold.position order by 2 desc',
    );
    assert.equal(positions.length, 7);
    assert.deepEqual(
      await shown(
        'positions',
        3,
        positions.map((row) => row['holding']),
      ),
      [],
    );
    assert.deepEqual(
      await shown(
        'positions',
        4,
        positions.map((row) => row['value']),
      ),
      [],
    );
    assert.deepEqual(
      await shown(
        'positions',
        6,
        positions.map((row) => row['realised']),
      ),
      [],
    );
    const [volume] = await lake.query<Record<string, string>>(
      "select * from crypto_gold.trade_volume where period = '1m' order by start_window desc limit 1",
    );
    const money = (text: string | undefined) => group(Number(text).toFixed(2));
    await says(
      '#volume-legend',
      new RegExp(`bought ${money(volume?.['bought_value'])} +sold ${money(volume?.['sold_value'])}`),
    );
    for (const period of ['5m', '1h', '4h', '1d']) {
      await page.getByRole('button', { name: period, exact: true }).click();
      const [candle] = await lake.query<Record<string, string>>(
        `select *, sources as source from crypto_gold.candle where period = '${period}' order by start_window desc limit 1`,
      );
      await says('#legend', legendOf(candle ?? {}, 'close_price'));
    }
    await page.getByRole('button', { name: '1m', exact: true }).click();
    const line = page.locator('#coins tr[data-coin="BTC/USD"]');
    assert.deepEqual((await line.locator('td').allTextContents()).slice(0, 4), [
      'BTC/USD',
      await page.locator('#price').textContent(),
      await page.locator('#change-hour').textContent(),
      await page.locator('#change-day').textContent(),
    ]);
    assert.match((await line.locator('td').last().textContent()) ?? '', /traded$/);
    const closes = await lake.query<{ price: string }>(
      'select price_crypto as price from crypto_silver.quote_minute order by start_window desc limit 60',
    );
    const [least, most] = [Math.min, Math.max].map((of) => String(of(...closes.map(({ price }) => Number(price)))));
    await line
      .locator(`[aria-label="BTC/USD, last hour: lowest ${group(least ?? '')}, highest ${group(most ?? '')}"]`)
      .waitFor();
    assert.deepEqual(complaints, []);
  });

  /** Waits for the expected values. @returns the missing ones */
  async function shown(table: string, column: number, expected: (string | undefined)[]): Promise<unknown[]> {
    const found = await readUntil(() => valuesOf(table, column), expected);
    return JSON.stringify(found) === JSON.stringify(expected) ? [] : [found, expected];
  }

  /** Reads until the value is the expected one. @returns the last value */
  async function readUntil<T>(read: () => Promise<T>, expected: T): Promise<T> {
    let found: T | undefined;
    await awaitAnswer(
      async () => {
        found = await read();
        return JSON.stringify(found) === JSON.stringify(expected) ? true : undefined;
      },
      { withinMs: 30 * second },
    );
    return found as T;
  }

  it('shows a bar when it arrives, and the minutes before it as a gap', async () => {
    await sendBar(minuteAt(6), 20_240.25);
    await says('#price', '20,240.25', 20 * second);
    await says('#legend', /^2023-03-11 00:06 +O 20,239.25 +H 20,243.25 +L 20,238.25 +C 20,240.25 +V 0.25 +alpaca$/);
    const expected = [0, 1, 2, 3, 4, 5].map(
      (at) => `2023-03-11 00:0${String(at)}   no data for this minute: producer down`,
    );
    const readMissing = async () => (await readChart()).filter((text) => text.includes('no data'));
    assert.deepEqual(await readUntil(readMissing, expected), expected);
  });

  /** The legend's text of each minute in the right part of the chart, by time. */
  async function readChart(): Promise<string[]> {
    const chart = await page.locator('#chart').boundingBox();
    assert.ok(chart);
    const told = new Map<string, string>();
    for (let x = chart.x + chart.width * 0.6; x < chart.x + chart.width - 70; x += 2) {
      await page.mouse.move(x, chart.y + chart.height / 2);
      const text = (await page.locator('#legend').textContent()) ?? '';
      // The last text of a minute counts, because the reason of a gap may arrive meanwhile.
      told.set(text.slice(0, '2023-03-11 00:00'.length), text);
    }
    await page.mouse.move(0, 0);
    return [...told.keys()].sort().map((minute) => told.get(minute) ?? '');
  }

  it('labels the axis with the digits that the prices of a coin need', async () => {
    for (const name of ['usdt-usd-1m.csv', 'pepe-usd-1m.csv']) {
      const replay = `replay:${resolve('test/fixtures/market', name)}`;
      await lake.run('produce', 'quotes', '--source', replay, '--count', '2');
    }
    const near = { o: 91_000.25, h: 91_000.75, l: 90_999.5 };
    await sendBar(minuteAt(6), 91_000.25, 'WBTC/USD', near);
    await sendBar(minuteAt(7), 91_000, 'WBTC/USD', near);
    await lake.settle();
    await page.reload();
    for (const [coin, digits, price, label] of [
      ['USDT/USD', 4, '1', '1.0000'],
      ['PEPE/USD', 12, '0.000000042535', '0.000000042535'],
      ['WBTC/USD', 2, '91,000', '91,000.00'],
    ] as const) {
      await choose(coin);
      await says('#price', price);
      // The chart shows the coin before until its candles have come.
      await says('#legend', new RegExp(` C ${price} `));
      const { texts } = await readDrawing();
      const labels = texts.filter((text) => /^[\d,]+\.\d+$/.test(text));
      assert.ok(new Set(labels).size >= 3, `${coin} ${labels.join()}`);
      assert.ok(labels.includes(label), `${coin} ${labels.join()}`);
      for (const each of labels) assert.equal(each.split('.')[1]?.length, digits, `${coin} ${labels.join()}`);
    }
    assert.deepEqual(complaints, []);
  });

  it('draws a minute of quotes only in its own shade, which the key explains, until somebody trades in it', async () => {
    await choose('WBTC/USD');
    const [shade, key] = (await page.evaluate(`[
      getComputedStyle(document.documentElement).getPropertyValue('--quoted').trim(),
      getComputedStyle(document.querySelector('.key.quoted')).backgroundColor,
    ]`)) as [string, string];
    const parts = [1, 3, 5].map((at) => parseInt(shade.slice(at, at + 2), 16));
    assert.equal(key, `rgb(${parts.join(', ')})`);
    assert.match((await page.locator('#market .hint').textContent()) ?? '', /no trade, the price\s+is from quotes/);
    assert.equal((await readDrawing()).colors.includes(shade), false);
    await sendBar(minuteAt(8), 91_000.5, 'WBTC/USD', { n: 0, v: 0, vw: null });
    await says('#legend', /^2023-03-11 00:08 .*quotes only, no trade$/);
    assert.equal((await readDrawing()).colors.includes(shade), true);
    await sendBar(minuteAt(8), 91_000.5, 'WBTC/USD', { n: 2 });
    await says('#legend', /^2023-03-11 00:08 .*alpaca$/);
    assert.equal((await readDrawing()).colors.includes(shade), false);
    await choose('BTC/USD');
    assert.deepEqual(complaints, []);
  });

  /** Chooses a coin and waits until its candles are shown. */
  async function choose(coin: string): Promise<void> {
    await page.locator(`#coin option[value="${coin}"]`).waitFor({ state: 'attached' });
    await page.locator('#coin').selectOption(coin);
    await says('#coin-pair', coin);
    await page.locator('#legend[data-start]:not([data-start=""])').waitFor();
  }

  /** Texts and colours of a chart that is drawn again from now on. */
  async function readDrawing(): Promise<{ texts: string[]; colors: string[] }> {
    await page.locator('#chart').focus();
    await page.evaluate('drawn.texts.clear(), drawn.colors.clear()');
    await page.locator('#chart').press('+');
    await page.locator('#chart').press('End');
    const read = async () =>
      (await page.evaluate('({ texts: [...drawn.texts], colors: [...drawn.colors] })')) as Awaited<
        ReturnType<typeof readDrawing>
      >;
    const found = await awaitAnswer(
      async () => {
        const drawn = await read();
        return drawn.texts.some((text) => /\d\.\d/.test(text)) ? drawn : undefined;
      },
      { withinMs: 10 * second },
    );
    assert.ok(found, 'the chart is not drawn again');
    return found;
  }

  it('moves the coins of the overview as their bars come, and shows the one that is pressed', async () => {
    await sendBar(minuteAt(9), 91_234.5, 'WBTC/USD');
    const line = page.locator('#coins tr[data-coin="WBTC/USD"]');
    await line.locator('td', { hasText: '91,234.5' }).waitFor();
    await line.click();
    await says('#coin-pair', 'WBTC/USD');
    await choose('BTC/USD');
    assert.equal(await page.locator('#coins .chosen').getAttribute('data-coin'), 'BTC/USD');
  });

  it('answers SQL by the keyboard, as a table and as CSV', async () => {
    const sql = 'select start_window, price_crypto from crypto_db.crypto_quote order by 1 desc limit 2';
    await page.locator('#sql').fill(sql);
    await page.locator('#sql').press('Control+Enter');
    await says('#sql-state', /^2 rows in /);
    const rows = await lake.query<Record<string, string>>(sql);
    assert.deepEqual(
      await page.locator('#sql-result td').allTextContents(),
      rows.flatMap((row) => Object.values(row)),
    );
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#sql-csv').click()]);
    assert.match(download.suggestedFilename(), /^[\w-]+-\d{4}-\d\d-\d\dT\d{6}Z\.csv$/);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString('utf8'), await csvOf(sql));
  });

  const csvOf = async (sql: string) => `${await lake.run('query', sql, '--format', 'csv')}`.replace(/\r?\n?$/, '\r\n');

  it('refuses statements that write or read elsewhere, and survives an endless query', async () => {
    const warehouse = join(lake.data, 'warehouse');
    const files = () => readdirSync(warehouse).sort();
    const before = files();
    const outside = join(lake.folder, 'stolen.csv');
    const attempts: [string, RegExp][] = [
      [`copy (select 1) to '${outside}'`, /only statements that read/],
      [`copy (select 1) to '${warehouse}/stolen.csv'`, /only statements that read/],
      [`explain analyze copy (select 1) to '${warehouse}/stolen.csv'`, /only statements that read/],
      [`attach '${warehouse}/stolen.db'`, /only statements that read/],
      [`select * from read_text('/etc/hostname')`, /read_text\(\) can't be used here/],
      [`select * from read_text('${warehouse}/catalog.db')`, /read_text\(\) can't be used here/],
      ['select 1; select 2', /these are 2 statements/],
      [`set allowed_directories = ['/']`, /only statements that read/],
      ["select repeat('x', 3000000) from range(400)", /memory/],
    ];
    for (const [sql, says] of attempts) {
      await page.locator('#sql').fill(sql);
      await page.locator('#sql').press('Control+Enter');
      await page.locator('#sql-run:not([disabled])').waitFor();
      assert.match((await page.locator('#sql-error').textContent()) ?? '', says, sql);
    }
    await page.locator('#sql').fill(endless);
    await page.locator('#sql').press('Control+Enter');
    await says('#sql-state', 'running …');
    await sendBar(minuteAt(7), 20_260.5);
    await says('#price', '20,260.5', 15 * second);
    assert.equal(await page.locator('#sql-state').textContent(), 'running …', 'it was not endless');
    await says('#sql-error', /longer than 15 s/, 30 * second);
    assert.deepEqual(files(), before);
    assert.equal(existsSync(outside), false);
  });

  it('fits a phone, in the dark, and has its pictures taken', async () => {
    const phone = await open({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', isMobile: true });
    await phone.locator('#legend[data-start]:not([data-start=""])').waitFor();
    const [width, shown] = (await phone.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
      number,
      number,
    ];
    assert.ok(width <= shown, `${String(width)} px wide on ${String(shown)}`);
    if (pictures !== undefined) {
      mkdirSync(pictures, { recursive: true });
      await phone.screenshot({ path: join(pictures, 'dashboard-phone.png') });
      const desktop = await open({ viewport: { width: 1280, height: 900 } });
      await desktop.locator('#legend[data-start]:not([data-start=""])').waitFor();
      await desktop.locator('#positions tbody tr').first().waitFor();
      await desktop.locator('#jobs tbody tr').first().waitFor();
      await desktop.screenshot({ path: join(pictures, 'dashboard.png') });
      await desktop.context().close();
    }
    await phone.context().close();
  });

  it('goes on after kills of each part and of the supervisor', async () => {
    // A break may be shorter than the time between two looks from here.
    await page.evaluate(`window.seen = []; new MutationObserver(() => {
      window.seen.push(document.documentElement.dataset.connection, document.querySelector('#connection').textContent);
    }).observe(document.documentElement, { attributes: true })`);
    process.kill(await lake.pidOf('dashboard'), 'SIGKILL');
    const seen = await awaitAnswer(
      async () => {
        const states = (await page.evaluate('window.seen')) as string[];
        return states.at(-2) === 'live' ? states : undefined;
      },
      { withinMs: 60 * second },
    );
    assert.deepEqual(seen?.slice(0, 2), ['broken', 'connecting again …']);
    for (const part of ['kafka', 'elasticsearch', 'spark']) process.kill(await lake.pidOf(part), 'SIGKILL');
    await lake.sound('part-restarted');
    // A broker that has just started may not answer yet; that is no problem.
    const answers = async () => ((await lake.status()).conditions.brokerAnswers === true ? true : undefined);
    assert.ok(await awaitAnswer(answers, { withinMs: 60 * second }), 'Kafka does not answer');
    await sendBar(minuteAt(8), 20_270.75);
    await says('#price', '20,270.75');
    const supervisor = readSupervisor(join(lake.data, 'run', 'supervisor.json'));
    assert.ok(supervisor);
    process.kill(supervisor.pid, 'SIGKILL');
    await page.locator('[data-problem="resident-down"]').waitFor({ timeout: 30 * second });
    await lake.run('up', '--no-produce');
    await says('#lake-state', 'lake up');
    await sendBar(minuteAt(9), 20_280);
    await says('#price', '20,280');
  });

  it('is gone with the lake', async () => {
    await lake.run('down', '--yes');
    const told = await lake.try(['dashboard', '--no-open']);
    assert.equal(told.code, 5, told.stderr);
    assert.match(told.stderr, /no lake is up/);
  });
});

/** With commas, without zeros at the end, as the page writes a decimal. */
function group(decimal: string): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  const end = fraction.replace(/0+$/, '');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${end === '' ? '' : `.${end}`}`;
}

function legendOf(row: Record<string, string>, close: string): RegExp {
  const [o, h, l, c, v] = ['open_price', 'high_price', 'low_price', close, 'volume'].map((name) =>
    group(row[name] ?? ''),
  );
  const start = (row['start_window'] ?? '').slice(0, 16).replace('T', ' ');
  return new RegExp(
    `^${start} +O ${o ?? ''} +H ${h ?? ''} +L ${l ?? ''} +C ${c ?? ''} +V ${v ?? ''} +${row['source'] ?? ''}( +\\d+ min.*)?$`,
  );
}
