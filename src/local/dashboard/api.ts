import type { FaultKind } from '../../errors.ts';
import type { Cell, QueryOutcome } from '../../tools/sql/types.ts';
import type { TimedStatus } from '../status/status-cache.ts';

// The shapes of the dashboard's HTTP interface. The server's routes and the page's scripts are checked against the same types, so a change here
// fails the type check at both ends. Times are ISO 8601 in UTC; what is undefined is left out of the JSON.

export const periods = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;
export type Period = (typeof periods)[number];

/** What `GET` answers, by path. */
export interface Answers {
  '/api/alive': { data: string };
  '/api/lake': LakeDescription;
  '/api/prices': { prices: Price[] };
  '/api/minutes': { minutes: CoinMinutes[] };
  '/api/candles': { candles: Candle[] };
  '/api/gaps': { gaps: Gap[] };
  '/api/volumes': { volumes: Volume[] };
  '/api/trades': { trades: Trade[] };
  '/api/tape': TapeAnswer;
  '/api/positions': { positions: Position[] };
  '/api/health': Health & { samples: readonly HealthSample[] };
}

/** Parameters of the query string, by path. */
export interface Parameters {
  '/api/alive': Record<never, never>;
  '/api/lake': Record<never, never>;
  '/api/prices': Record<never, never>;
  '/api/minutes': Record<never, never>;
  /** candles that start before `before`, the newest `limit` of them */
  '/api/candles': { coin: string; period?: Period; before?: string; limit?: number };
  '/api/gaps': { coin: string; from?: string; to?: string };
  '/api/volumes': { coin: string; limit?: number };
  '/api/trades': { limit?: number };
  /** `after` is the `next` of the answer before */
  '/api/tape': { coin: string; after?: string | undefined };
  '/api/positions': { limit?: number };
  '/api/health': Record<never, never>;
}

/** Of `POST /api/sql`, which answers with a `SqlResult`, and of `POST /api/sql.csv`, which answers with a file. */
export interface SqlRequest {
  sql: string;
}

/** Server-sent events of `GET /api/live`, by name. */
export interface LiveEvents {
  /** bars that are new, or new revisions of bars */
  bars: { bars: Bar[] };
  /** silver or gold has new rows; `candlesOnly`: trades, volumes and positions are as they were */
  layers: { stamp: string; candlesOnly: boolean };
  /** trades of exchanges have come, of these coins */
  tape: { coins: string[] };
  health: Health & { sample?: HealthSample | undefined };
  /** the icon of this coin has come */
  icon: { coin: string };
}

/** The answer to a request that fails. */
export interface Failure {
  error: { kind: FaultKind; message: string; where?: string; next?: string; facts?: Readonly<Record<string, unknown>> };
  /** id of the lake, when the request lacked its login */
  lake?: string | undefined;
}

export interface LakeDescription {
  name: string;
  /** `icon` is the path of the picture, undefined until it has come */
  coins: { pair: string; name: string | undefined; icon: string | undefined }[];
  /** names of tables and views, such as `crypto_db.crypto_quote` */
  tables: string[];
  jobs: { id: string; title: string }[];
}

/** A bar as the search index holds it. */
export interface Bar {
  /** such as `BTC/USD` */
  coin: string;
  /** start of the minute */
  start: string;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number | null;
  /** true if it is made from quotes: nobody traded */
  quoted: boolean;
  /** true while its minute runs or trades of it are missing */
  provisional: boolean;
  source: string;
  /** when it was produced */
  seenAt: string;
  revision: number;
}

/** The last price of a coin and what it was before. */
export interface Price {
  coin: string;
  last: Bar;
  /** closes of the last bar at least so long before `last`; undefined where none is near */
  hourAgo: number | undefined;
  dayAgo: number | undefined;
}

/** What is known of a coin's minute; provisional: its price may change. */
export type MinuteState = 'traded' | 'quoted' | 'carried' | 'missing' | 'provisional';

/** The newest hour of a coin in silver. */
export interface CoinMinutes {
  coin: string;
  /** start of its newest minute */
  last: string;
  /** of that minute */
  state: MinuteState;
  /** closes of 60 minutes, the newest at the end; null where none is known */
  closes: (number | null)[];
}

/** Decimals are texts with all their digits. */
export interface Candle {
  /** start of the period */
  start: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  trades: number | null;
  /** minutes of it with a bar from quotes, without a bar because nobody traded, and without data */
  quoted: number;
  carried: number;
  missing: number;
  /** where its prices came from, comma-separated */
  source: string;
}

/** Minutes without a trade, `to` exclusive. */
export interface Gap {
  from: string;
  to: string;
  reason: string;
}

/** A minute of a coin in `crypto_gold.trade_volume`. Decimals are texts. */
export interface Volume {
  start_window: string;
  trades: number;
  traders: number;
  unvalued_trades: number;
  bought_quantity: string | null;
  sold_quantity: string | null;
  bought_value: string | null;
  sold_value: string | null;
}

/** A row of `crypto_silver.trade_valued`. Decimals are texts. */
export interface Trade {
  transaction_id: string;
  document_id: string;
  coin: string;
  transaction_timestamp: string;
  trade_type: string;
  quantity: string;
  price_crypto: string | null;
  value: string | null;
  price_state: string;
  price_source: string | null;
  source: string;
}

/** A trade of an exchange. Decimals are texts. */
export interface MarketTrade {
  /** the exchange, such as coinbase */
  source: string;
  /** unique for its exchange and coin */
  id: string;
  /** to the microsecond, such as `2026-12-01T05:43:07.123456Z` */
  time: string;
  price: string;
  quantity: string;
  /** what the taker did; null where the exchange does not say */
  side: 'buy' | 'sell' | null;
}

export interface TapeAnswer {
  /** the newest trades of the coin at all exchanges, the newest first */
  trades: MarketTrade[];
  /** how far this answer goes */
  next: string;
  /** trades that came after the answer before and are not among these, because more came than fit; null where they were not counted */
  skipped: number | null;
}

/** A row of `crypto_gold.position`. Decimals are texts. */
export interface Position {
  document_id: string;
  coin: string;
  holding: string;
  average_cost: string | null;
  last_price: string | null;
  value: string | null;
  unrealised: string | null;
  realised: string | null;
  trades: number;
}

/** The lake's status and when its collection began. */
export type Health = TimedStatus;

/** What the sparklines draw, one every 15 seconds. */
export interface HealthSample {
  at: string;
  /** by job: records, milliseconds, seconds, records */
  jobs: Record<string, { lag: number | null; batchMs: number | null; freshness: number | null; bad: number }>;
}

export interface SqlResult extends Omit<QueryOutcome, 'rows'> {
  rows: Cell[][];
}
