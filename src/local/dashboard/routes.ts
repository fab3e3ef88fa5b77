import { listGaps } from '../../lake/gap-listing.ts';
import { Fault } from '../../errors.ts';
import { coinName } from '../../lake/coins.ts';
import { readCandleRequest, readCandles, readCoin, readLimit, renderCandleQuery, type Candle } from './candles.ts';
import type { Dashboard } from './dashboard.ts';
import { sendJson, type Exchange } from './exchange.ts';
import { iconsQuery, renderPositionsQuery, renderTradesQuery, renderVolumeQuery } from './market.ts';
import type { Bar } from './quote-index.ts';
import type { Icon } from './icons.ts';
import { answerCsv, answerSql } from './sql-routes.ts';

export type Handler = (exchange: Exchange, dashboard: Dashboard) => void | Promise<void>;

/** What the server answers beside the files of the page: one line a route, and one method for each. */
export const routes: Record<string, { method: 'GET' | 'POST'; handle: Handler }> = {
  '/api/alive': { method: 'GET', handle: alive },
  '/api/lake': { method: 'GET', handle: describeLake },
  '/api/live': { method: 'GET', handle: (exchange, { feed }) => feed.open(exchange) },
  '/api/prices': { method: 'GET', handle: prices },
  '/api/candles': { method: 'GET', handle: candles },
  '/api/gaps': { method: 'GET', handle: gaps },
  '/api/volumes': { method: 'GET', handle: volumes },
  '/api/trades': { method: 'GET', handle: trades },
  '/api/positions': { method: 'GET', handle: positions },
  '/api/health': { method: 'GET', handle: health },
  '/api/icon': { method: 'GET', handle: icon },
  '/api/sql': { method: 'POST', handle: answerSql },
  '/api/sql.csv': { method: 'POST', handle: answerCsv },
  '/metrics': { method: 'GET', handle: metrics },
};

function alive(exchange: Exchange, { work }: Dashboard): void {
  sendJson(exchange, { data: work.settings.paths.data });
}

async function describeLake(exchange: Exchange, dashboard: Dashboard): Promise<void> {
  const { lake, icons, quotes } = dashboard;
  const bars = await lastBars(quotes);
  const declared = lake.coins.map(({ pair }) => pair);
  const coins = [...new Set([...declared, ...bars.map(({ coin }) => coin)])];
  void wantIcons(dashboard, coins);
  sendJson(exchange, {
    name: lake.name,
    coins: coins.map((pair) => {
      const base = pair.split('/')[0] ?? '';
      return { pair, name: coinName(base), icon: iconAddress(base, icons.find(base)) };
    }),
    tables: [...lake.tables, ...lake.views].map(({ name }) => name),
    jobs: lake.jobs.map(({ id, title }) => ({ id, title })),
  });
}

/** Where the page finds an icon: another place for another picture, because a browser keeps what it has seen. */
function iconAddress(coin: string, icon: Icon | undefined): string | undefined {
  if (icon === undefined) return undefined;
  return `/api/icon?${new URLSearchParams({ coin, of: icon.url }).toString()}`;
}

/** Nobody waits for the icons: the page hears of each that has come. */
async function wantIcons({ tables, icons }: Dashboard, coins: readonly string[]): Promise<void> {
  const bases = new Set(coins.map((coin) => coin.split('/')[0] ?? ''));
  const rows = await tables.ask(iconsQuery).catch(() => []);
  const urls = rows.map((row) => [String(row['asset_id']), String(row['url'])] as const);
  await icons.want(new Map(urls.filter(([base]) => bases.has(base))));
}

/** An index that is away is told by the health: the page goes on with what the tables have. */
async function lastBars(quotes: Dashboard['quotes']): Promise<Bar[]> {
  return quotes.lastBars().catch(() => []);
}

async function prices(exchange: Exchange, { quotes }: Dashboard): Promise<void> {
  const bars = await lastBars(quotes);
  sendJson(exchange, { prices: await quotes.prices(bars).catch(() => []) });
}

async function candles(exchange: Exchange, { tables, quotes }: Dashboard): Promise<void> {
  const request = readCandleRequest(exchange.url.searchParams);
  const found = readCandles(await tables.rows(renderCandleQuery(request)));
  if (request.period !== '1m' || request.before !== undefined) {
    sendJson(exchange, { candles: found });
    return;
  }
  // Silver is some seconds behind the index.
  const fresh = await quotes.barsAfter(request.coin, found.at(-1)?.start, request.limit).catch(() => []);
  sendJson(exchange, { candles: [...found, ...fresh.map(toCandle)].slice(-request.limit) });
}

function toCandle(bar: Bar): Candle {
  const { start, open, high, low, close, volume, trades, source } = bar;
  const [o, h, l, c, v] = [open, high, low, close, volume].map(String) as [string, string, string, string, string];
  return { start, open: o, high: h, low: l, close: c, volume: v, trades, carried: 0, missing: 0, source };
}

/** Why minutes have no bar, as the command `gaps` tells it. */
async function gaps(exchange: Exchange, { lake, tables }: Dashboard): Promise<void> {
  const { searchParams: asked } = exchange.url;
  const coin = readCoin(asked.get('coin'));
  const request = {
    from: asked.get('from') ?? undefined,
    to: asked.get('to') ?? undefined,
    coins: `${coin.base}/${coin.quote}`,
  };
  const found = await listGaps(lake, request, async (sql) => (await tables.rows(sql)).map(Object.values));
  const time = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
  sendJson(exchange, { gaps: found.map(({ from, to, reason }) => ({ from: time(from), to: time(to), reason })) });
}

async function volumes(exchange: Exchange, { tables }: Dashboard): Promise<void> {
  const { searchParams: asked } = exchange.url;
  const limit = readLimit(asked.get('limit'), 60, 1000);
  sendJson(exchange, { volumes: await tables.rows(renderVolumeQuery(readCoin(asked.get('coin')), limit)) });
}

async function trades(exchange: Exchange, { tables }: Dashboard): Promise<void> {
  const limit = readLimit(exchange.url.searchParams.get('limit'), 30, 500);
  sendJson(exchange, { trades: await tables.rows(renderTradesQuery(limit)) });
}

async function positions(exchange: Exchange, { tables }: Dashboard): Promise<void> {
  const limit = readLimit(exchange.url.searchParams.get('limit'), 15, 500);
  sendJson(exchange, { positions: await tables.rows(renderPositionsQuery(limit)) });
}

async function health(exchange: Exchange, { health: watch }: Dashboard): Promise<void> {
  sendJson(exchange, { ...(await watch.now()), samples: watch.samples.list() });
}

/** For Prometheus; its library is loaded when somebody asks. */
async function metrics({ response }: Exchange, { health: watch }: Dashboard): Promise<void> {
  const { metricsContentType, metricsOf } = await import('../metrics/exposition.ts');
  const text = await metricsOf((await watch.now()).status);
  response.writeHead(200, { 'content-type': metricsContentType, 'cache-control': 'no-store' }).end(text);
}

function icon({ response, url }: Exchange, { icons }: Dashboard): void {
  const found = icons.find(url.searchParams.get('coin') ?? '');
  if (found === undefined) throw new Fault('usage', 'there is no icon of this coin');
  response.writeHead(200, { 'content-type': found.type, 'cache-control': 'max-age=3600' }).end(found.content);
}
