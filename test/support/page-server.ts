import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type {
  Answers,
  Bar,
  Candle,
  CoinMinutes,
  MarketTrade,
  MinuteState,
  Period,
  Trade,
} from '../../src/local/dashboard/api.ts';
import { securityHeaders, sendJson } from '../../src/local/dashboard/exchange.ts';
import { LiveFeed } from '../../src/local/dashboard/live-feed.ts';
import { PageFiles } from '../../src/local/dashboard/page-files.ts';

const minute = 60_000;
const states: MinuteState[] = ['traded', 'quoted', 'carried', 'missing', 'provisional'];
const names = ['BTC', 'ETH', 'SOL', 'PEPE', 'WBTC', 'USDT', 'XRP', 'ADA', 'DOGE', 'LTC'];
const seconds: Record<Period, number> = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14_400, '1d': 86_400 };

/** @param at index of a coin */
function stateAt(at: number): MinuteState {
  return states[at % states.length] ?? 'traded';
}

/** The real files of the page and the real feed, with prices of a lake that is not there: as many coins as a test wants. */
export class PageServer {
  readonly feed = new LiveFeed();
  /** What was asked for, by path. */
  readonly asked: string[] = [];
  readonly coins: string[];
  /** Start of the newest minute, in milliseconds since 1970. */
  now = Math.floor(Date.now() / minute) * minute;
  private readonly files = new PageFiles(resolve('.'));
  private readonly server: Server;
  private trade = 0;

  private constructor(coins: number) {
    this.coins = Array.from({ length: coins }, (_, at) => `${names[at] ?? `C${String(at).padStart(2, '0')}`}/USD`);
    this.server = createServer((request, response) => {
      const exchange = { request, response, url: new URL(request.url ?? '/', 'http://127.0.0.1') };
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
      const { pathname, searchParams } = exchange.url;
      this.asked.push(pathname);
      if (pathname === '/api/live') this.feed.open(exchange);
      else if (pathname.startsWith('/api/'))
        sendJson(exchange, this.answers(searchParams)[pathname as keyof Answers]());
      else if (!this.files.send(exchange)) response.writeHead(404).end();
    });
  }

  static async open(coins: number): Promise<PageServer> {
    const opened = new PageServer(coins);
    opened.server.listen(0, '127.0.0.1');
    await once(opened.server, 'listening');
    return opened;
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/`;
  }

  close(): void {
    this.feed.close();
    this.server.close();
    this.server.closeAllConnections();
  }

  /** The price of a coin so many minutes ago. */
  price(coin: string, ago = 0): number {
    const at = this.coins.indexOf(coin);
    const base = coin === 'PEPE/USD' ? 0.000000042535 : ([106_922.22, 3_812.5, 171.25][at] ?? 100 + at);
    const factor = 1 + Math.sin((this.now / minute - ago) / 9 + at) / 50;
    return Number((base * factor).toFixed(base < 1 ? 12 : 2));
  }

  /** The bar of a coin in the newest minute. */
  bar(coin: string, more: Partial<Bar> = {}): Bar {
    const close = this.price(coin);
    const start = new Date(this.now).toISOString().replace('.000Z', 'Z');
    return {
      ...{ coin, start, open: close, high: close * 1.001, low: close * 0.999, close, volume: 1.5, trades: 12 },
      ...{ quoted: false, provisional: false, source: 'coinbase', seenAt: new Date().toISOString(), revision: 1 },
      ...more,
    };
  }

  /** A bar of the newest minute that is a little higher with each revision. */
  revised(coin: string, revision: number): Bar {
    return this.bar(coin, { close: this.price(coin) * (1 + revision / 1e5), revision });
  }

  private answers(query: URLSearchParams): { [Path in keyof Answers]: () => Answers[Path] } {
    const coin = query.get('coin') ?? '';
    return {
      '/api/alive': () => ({ data: '/tmp' }),
      '/api/lake': () => ({
        name: 'cryptodm',
        coins: this.coins.map((pair) => ({ pair, name: pair === 'BTC/USD' ? 'Bitcoin' : undefined, icon: undefined })),
        tables: ['crypto_db.crypto_quote'],
        jobs: [],
      }),
      '/api/prices': () => ({
        prices: this.coins.map((pair) => ({
          coin: pair,
          last: this.lastBar(pair),
          hourAgo: this.price(pair, 60),
          dayAgo: pair === 'SOL/USD' ? undefined : this.price(pair, 1440),
        })),
      }),
      '/api/minutes': () => ({ minutes: this.coins.map((pair, at) => this.minutes(pair, stateAt(at))) }),
      '/api/candles': () => ({ candles: this.candles(coin, query) }),
      '/api/gaps': () => ({ gaps: [] }),
      '/api/volumes': () => ({ volumes: this.volumes() }),
      '/api/trades': () => ({ trades: Array.from({ length: 30 }, (_, at) => this.userTrade(at)) }),
      '/api/tape': () => ({
        trades: Array.from({ length: 30 }, (_, at) => this.marketTrade(coin, this.trade - at)),
        next: `1.${String(this.trade)}`,
        skipped: 70,
      }),
      '/api/positions': () => ({ positions: Array.from({ length: 15 }, (_, at) => this.position(at)) }),
      '/api/health': () => this.health(),
    };
  }

  /** A carried or missing minute has no bar: the last one is of the minute before. */
  private lastBar(coin: string): Bar {
    const state = stateAt(this.coins.indexOf(coin));
    const start = new Date(this.now - (state === 'carried' || state === 'missing' ? minute : 0)).toISOString();
    return this.bar(coin, {
      start: start.replace('.000Z', 'Z'),
      quoted: state === 'quoted',
      provisional: state === 'provisional',
    });
  }

  private minutes(coin: string, state: MinuteState): CoinMinutes {
    const closes = Array.from({ length: 60 }, (_, at) => (at % 17 === 3 ? null : this.price(coin, 59 - at)));
    return { coin, last: new Date(this.now).toISOString(), state, closes };
  }

  private candles(coin: string, query: URLSearchParams): Candle[] {
    const step = seconds[(query.get('period') ?? '1m') as Period];
    if (query.get('before') !== null) return [];
    const newest = Math.floor(this.now / 1000 / step) * step;
    return Array.from(
      { length: Number(query.get('limit') ?? 1000) },
      (_, at, all = Number(query.get('limit') ?? 1000)) => {
        const ago = all - 1 - at;
        const [open, close] = [this.price(coin, (ago + 1) * 7), this.price(coin, ago * 7)].map(String) as [
          string,
          string,
        ];
        const [high, low] = [Math.max(Number(open), Number(close)), Math.min(Number(open), Number(close))].map(
          String,
        ) as [string, string];
        const start = new Date((newest - ago * step) * 1000).toISOString().replace('.000Z', 'Z');
        return {
          start,
          open,
          high,
          low,
          close,
          volume: String(1 + (at % 9)),
          trades: 5,
          quoted: 0,
          carried: 0,
          missing: 0,
          source: 'coinbase',
        };
      },
    );
  }

  private volumes(): Answers['/api/volumes']['volumes'] {
    return Array.from({ length: 60 }, (_, at) => ({
      start_window: new Date(this.now - at * minute).toISOString(),
      ...{ trades: 3, traders: 2, unvalued_trades: 0, bought_quantity: '1', sold_quantity: '1' },
      ...{ bought_value: String(900 + 40 * (at % 7)), sold_value: String(700 + 30 * (at % 5)) },
    }));
  }

  private userTrade(at: number): Trade {
    return {
      transaction_id: `trade-${String(this.now)}-${String(at)}`,
      document_id: '12345678901',
      coin: this.coins[at % this.coins.length] ?? '',
      transaction_timestamp: new Date(this.now - at * 7000).toISOString(),
      trade_type: at % 3 === 0 ? 'SELL' : 'BUY',
      quantity: '0.046875000000',
      price_crypto: '106922.220000000000',
      value: '5011.979062500000',
      price_state: at === 1 ? 'provisional' : 'exact',
      price_source: 'coinbase',
      source: 'trader',
    };
  }

  private marketTrade(coin: string, id: number): MarketTrade {
    const time = new Date(this.now + id * 10).toISOString().replace('Z', '123Z');
    return {
      source: 'coinbase',
      id: String(1e9 + id),
      time,
      price: String(this.price(coin)),
      quantity: '0.00412345',
      side: id % 2 === 0 ? 'buy' : 'sell',
    };
  }

  private position(at: number): Answers['/api/positions']['positions'][number] {
    return {
      ...{
        document_id: `1234567890${String(at)}`,
        coin: this.coins[at % this.coins.length] ?? '',
        holding: '1.046875000000',
      },
      ...{
        average_cost: '100000',
        last_price: '106922.22',
        value: '1106922.22',
        unrealised: '-6922.22',
        realised: '12.5',
        trades: 4,
      },
    };
  }

  /** Some trades have come. */
  trades(count: number): void {
    this.trade += count;
    this.feed.send('tape', { coins: this.coins });
  }

  health(): Answers['/api/health'] {
    const job = (id: string, title: string) => ({
      ...{ id, title, state: 'running', lag: 12, lastBatchMs: 412.4, freshnessSeconds: 0.53, badRecords: 0 },
      visibleAt: new Date().toISOString(),
    });
    const part = (id: string) => ({
      id,
      title: id,
      state: 'up',
      since: new Date(this.now).toISOString(),
      memoryBytes: 4e8,
      restarts: 0,
    });
    const status = {
      ...{
        state: 'up',
        problems: [
          {
            id: 'disk-nearly-full',
            what: 'the disk is 91% full',
            next: 'Free some space.',
            since: new Date(this.now).toISOString(),
          },
        ],
      },
      jobs: [
        job('quotes-iceberg', 'quotes to Iceberg'),
        job('quotes-elasticsearch', 'quotes to Elasticsearch'),
        job('lake-layers', 'silver and gold'),
      ],
      producers: [{ id: 'quotes', source: 'coinbase', acknowledged: 123_456 }],
      parts: ['kafka', 'elasticsearch', 'spark', 'dashboard'].map(part),
    } as unknown as Answers['/api/health']['status'];
    const samples = Array.from({ length: 20 }, (_, at) => ({
      at: new Date(this.now - (20 - at) * 15_000).toISOString(),
      jobs: Object.fromEntries(
        status.jobs.map(({ id }) => [
          id,
          { lag: 10 + (at % 5), batchMs: 380 + 20 * (at % 4), freshness: 0.5 + (at % 3) / 10, bad: 0 },
        ]),
      ),
    }));
    return { at: new Date().toISOString(), status, samples };
  }
}
