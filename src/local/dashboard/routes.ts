import { listGaps } from '../../lake/gap-listing.ts';
import { Fault } from '../../errors.ts';
import { coinName } from '../../lake/coins.ts';
import { allNames, newestPair } from '../../lake/renames.ts';
import type { Answers, Bar, Candle } from './api.ts';
import { readCandleRequest, readCandles, readCoin, readLimit, renderCandleQuery } from './candles.ts';
import type { Dashboard } from './dashboard.ts';
import { answerLink, enter } from './entry.ts';
import { sendJson, type Exchange, type Query } from './exchange.ts';
import { entryPath } from './guard.ts';
import { iconsQuery, renderPositionsQuery, renderTapeQuery, renderTradesQuery, renderVolumeQuery } from './market.ts';
import type { Icon } from './icons.ts';
import { newestStart, readMinutes, renderMinutesQuery } from './minutes.ts';
import { answerCsv, answerSql } from './sql-routes.ts';
import { tapeLength } from './tape.ts';

type Handler = (exchange: Exchange, dashboard: Dashboard) => void | Promise<void>;

interface Route {
  method: 'GET' | 'POST';
  handle: Handler;
}

type Path = keyof Answers;
type Answer<P extends Path> = (dashboard: Dashboard, query: Query<P>) => Answers[P] | Promise<Answers[P]>;

/** What is answered as JSON, by path. */
const answers: { [P in Path]: Answer<P> } = {
  '/api/alive': ({ lake }) => ({ data: lake.layout.data, lake: lake.id }),
  '/api/lake': describeLake,
  '/api/prices': async ({ quotes }) => {
    const bars = await lastBars(quotes);
    return { prices: await quotes.prices(bars).catch(() => []) };
  },
  '/api/minutes': async ({ quotes, tables }) => {
    const rows = await tables.rows(renderMinutesQuery(newestStart(await lastBars(quotes))));
    return { minutes: readMinutes(rows) };
  },
  '/api/candles': async (dashboard, query) => ({ candles: await findCandles(dashboard, query) }),
  '/api/gaps': async (dashboard, query) => ({ gaps: await findGaps(dashboard, query) }),
  '/api/volumes': async ({ tables, declaration }, query) => {
    const limit = readLimit(query.get('limit'), 60, 1000);
    return { volumes: await tables.list(renderVolumeQuery(readCoin(query.get('coin'), declaration.renamed), limit)) };
  },
  '/api/trades': async ({ tables }, query) => ({
    trades: await tables.list(renderTradesQuery(readLimit(query.get('limit'), 30, 500))),
  }),
  '/api/tape': readTape,
  '/api/positions': async ({ tables }, query) => ({
    positions: await tables.list(renderPositionsQuery(readLimit(query.get('limit'), 15, 500))),
  }),
  '/api/health': async ({ health }) => ({ ...(await health.now()), samples: health.samples.list() }),
};

/** What the server answers besides the files of the page: one line for each route, and one method for each. */
export const routes: Record<string, Route> = {
  ...jsonRoutes(answers),
  '/api/live': { method: 'GET', handle: (exchange, { feed }) => feed.open(exchange) },
  '/api/icon': { method: 'GET', handle: icon },
  '/api/link': { method: 'POST', handle: answerLink },
  [entryPath]: { method: 'GET', handle: enter },
  '/api/sql': { method: 'POST', handle: answerSql },
  '/api/sql.csv': { method: 'POST', handle: answerCsv },
  '/metrics': { method: 'GET', handle: metrics },
};

function jsonRoutes(table: Record<string, (dashboard: Dashboard, query: URLSearchParams) => unknown>) {
  const entries = Object.entries(table).map(([path, answer]): [string, Route] => [
    path,
    {
      method: 'GET',
      handle: async (exchange, dashboard) => {
        sendJson(exchange, await answer(dashboard, exchange.url.searchParams));
      },
    },
  ]);
  return Object.fromEntries(entries);
}

async function describeLake(dashboard: Dashboard): Promise<Answers['/api/lake']> {
  const { declaration, icons, quotes } = dashboard;
  const bars = await lastBars(quotes);
  const declared = declaration.coins.map(({ pair }) => newestPair(declaration.renamed, pair));
  const coins = [...new Set([...declared, ...bars.map(({ coin }) => coin)])];
  void wantIcons(dashboard, coins);
  return {
    name: declaration.name,
    coins: coins.map((pair) => {
      const base = pair.split('/')[0] ?? '';
      return { pair, name: coinName(base), icon: iconAddress(base, icons.find(base)) };
    }),
    tables: [...declaration.tables, ...declaration.views].map(({ name }) => name),
    jobs: declaration.jobs.map(({ id, title }) => ({ id, title })),
  };
}

/** Where the page finds an icon. Another picture has another address, because browsers cache by address. */
function iconAddress(coin: string, icon: Icon | undefined): string | undefined {
  if (icon === undefined) return undefined;
  return `/api/icon?${new URLSearchParams({ coin, of: icon.url }).toString()}`;
}

/** Answers do not wait for icons: an event reports each one that has come. */
async function wantIcons({ tables, icons }: Dashboard, coins: readonly string[]): Promise<void> {
  const bases = new Set(coins.map((coin) => coin.split('/')[0] ?? ''));
  const rows = await tables.ask(iconsQuery).catch(() => []);
  const urls = rows.map((row) => [String(row['asset_id']), String(row['url'])] as const);
  await icons.want(new Map(urls.filter(([base]) => bases.has(base))));
}

/** None while the index is down: the health reports that, and the page goes on with what the tables hold. */
async function lastBars(quotes: Dashboard['quotes']): Promise<Bar[]> {
  return quotes.lastBars().catch(() => []);
}

async function findCandles(
  { tables, quotes, declaration }: Dashboard,
  query: Query<'/api/candles'>,
): Promise<Candle[]> {
  const request = readCandleRequest(query, declaration.renamed);
  const found = readCandles(await tables.rows(renderCandleQuery(request)));
  if (request.period !== '1m' || request.before !== undefined) return found;
  // Silver is some seconds behind the index.
  const fresh = await quotes.barsAfter(request.coin, found.at(-1)?.start, request.limit).catch(() => []);
  return [...found, ...fresh.map(toCandle)].slice(-request.limit);
}

function toCandle(bar: Bar): Candle {
  const { start, open, high, low, close, volume, trades, quoted, source } = bar;
  const [o, h, l, c, v] = [open, high, low, close, volume].map(String) as [string, string, string, string, string];
  return {
    ...{ start, open: o, high: h, low: l, close: c, volume: v, trades },
    ...{ quoted: Number(quoted), carried: 0, missing: 0, source },
  };
}

/** The newest trades at exchanges: what the table holds, and what has come since. */
async function readTape(
  { tables, tape, declaration: { renamed } }: Dashboard,
  query: Query<'/api/tape'>,
): Promise<Answers['/api/tape']> {
  const coin = readCoin(query.get('coin'), renamed);
  const pair = `${coin.base}/${coin.quote}`;
  if (!tape.isFilled(pair)) {
    // Most coins have traded within the hour; only of others the whole table is looked through.
    const names = { bases: allNames(renamed, coin.base), quote: coin.quote };
    const recent = await tables.listNow(renderTapeQuery(names, '1 hour', tapeLength));
    const found = recent.length > 0 ? recent : await tables.listNow(renderTapeQuery(names, undefined, tapeLength));
    tape.fill(pair, found);
  }
  return tape.read(pair, query.get('after') ?? undefined);
}

/** Why minutes have no trade, as the command `gaps` lists it. */
async function findGaps(
  { declaration, tables }: Dashboard,
  query: Query<'/api/gaps'>,
): Promise<Answers['/api/gaps']['gaps']> {
  const coin = readCoin(query.get('coin'), declaration.renamed);
  const request = {
    from: query.get('from') ?? undefined,
    to: query.get('to') ?? undefined,
    coins: `${coin.base}/${coin.quote}`,
  };
  const found = await listGaps(declaration, request, async (sql) => (await tables.rows(sql)).map(Object.values));
  const time = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
  return found.map(({ from, to, reason }) => ({ from: time(from), to: time(to), reason }));
}

/** For Prometheus. Its library is loaded with the first request. */
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
