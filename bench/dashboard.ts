import { resolve } from 'node:path';
import { openBrowser } from '../test/support/browser.ts';
import { quantile, type Scenario } from './figure.ts';
import { prepareLake } from './interruption.ts';
import { measurePageWork } from './page-work.ts';

/** Measures the time from opening the page to the drawn candles, with a warm server, the dashboard's memory afterwards, and the page's own work in a frame. */
export const dashboard: Scenario = async (tell, { smoke }) => {
  const runs = smoke ? 2 : 10;
  const browser = await openBrowser();
  if (typeof browser === 'string') throw new Error(browser);
  const frames = await measurePageWork(browser, smoke ? 2 : 10);
  const lake = await prepareLake();
  try {
    await lake.run('up', '--no-produce');
    const recording = resolve('examples/btc-usd-1m-2023-03-10.csv');
    await lake.run('produce', 'quotes', '--source', `replay:${recording}`, '--count', '1440');
    await lake.settleLayers();
    const samples: number[] = [];
    for (let run = 0; run <= runs; run += 1) {
      const page = await (await browser.newContext()).newPage();
      const link = await lake.link();
      const started = performance.now();
      await page.goto(link);
      await page.locator('#legend[data-start]:not([data-start=""])').waitFor();
      if (run > 0) samples.push(performance.now() - started);
      await page.context().close();
    }
    tell(`candles after ${samples.map((sample) => sample.toFixed(0)).join(' ')} ms`);
    const part = (await lake.status()).parts.find(({ id }) => id === 'dashboard');
    return [
      { what: 'candles are drawn after, median', value: quantile(samples, 0.5), unit: 'ms', goal: 1000 },
      { what: 'memory of the dashboard (proportional)', value: (part?.memoryBytes ?? 0) / 1e6, unit: 'MB' },
      { what: 'work of the page in a frame, 1,000 trades/s, p95', value: quantile(frames, 0.95), unit: 'ms', goal: 16 },
    ];
  } finally {
    await browser.close();
    await lake.remove();
  }
};
