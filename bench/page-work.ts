import type { Browser } from 'playwright-core';
import { PageServer } from '../test/support/page-server.ts';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** microseconds */
  ts: number;
  dur?: number;
  /** of the processor */
  tdur?: number;
}

/**
 * Milliseconds of the processor that the page's main thread takes in each 60th of a second in which it works, while 100 trades come with each of ten
 * messages a second and the bars of 40 coins with each of four. No lake is up. The page counts 1,000 trades a second and shows the newest 30 of a coin.
 */
export async function measurePageWork(browser: Browser, seconds: number): Promise<number[]> {
  const server = await PageServer.open(40);
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  try {
    await page.goto(server.address);
    await page.locator('#legend[data-start]:not([data-start=""])').waitFor();
    await page.locator('#tape-trades td').first().waitFor();
    const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];
    await browser.startTracing(page, { categories });
    for (let message = 0; message < seconds * 10; message += 1) {
      server.trades(100);
      if (message % 5 < 2)
        server.feed.send('bars', { bars: server.coins.map((coin) => server.revised(coin, message + 2)) });
      await page.waitForTimeout(100);
    }
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString('utf8')) as { traceEvents: TraceEvent[] };
    return framesOf(traceEvents);
  } finally {
    await page.context().close();
    server.close();
  }
}

/** The page's thread is the one with the most script. */
function framesOf(events: readonly TraceEvent[]): number[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${String(pid)} ${String(tid)}`;
  const scripts = new Map<string, number>();
  for (const event of events) {
    if (event.name === 'FunctionCall') scripts.set(threadOf(event), (scripts.get(threadOf(event)) ?? 0) + 1);
  }
  const [main] = [...scripts].sort(([, one], [, other]) => other - one)[0] ?? [];
  const frames = new Map<number, number>();
  for (const event of events) {
    if (event.ph !== 'X' || event.name !== 'RunTask' || threadOf(event) !== main) continue;
    const frame = Math.floor(event.ts / (1e6 / 60));
    frames.set(frame, (frames.get(frame) ?? 0) + (event.tdur ?? event.dur ?? 0) / 1000);
  }
  // A timer that finds nothing to do is no work.
  return [...frames.values()].filter((ms) => ms > 0.1);
}
