import type { Exchange } from './exchanges.ts';
import { nameIn, renderInstant, type Span } from './gaps.ts';
import type { Lake } from './schema.ts';

/** A range of ids that are missing in the trades of an exchange; both ends are missing. */
export interface TradeGap {
  source: string;
  /** such as `BTC/USD` */
  coin: string;
  first: number;
  last: number;
  /** ISO-8601, of the trade before and of the one after; of a hole at the end, as it was reported */
  from: string;
  to: string;
  /** of the newest report about it; `unreported`: nobody has said anything */
  state: 'open' | 'closed' | 'absent' | 'unreported';
  reason: string;
}

/** What the tables say about the trades of exchanges. */
export interface TradeFacts {
  /** exchanges with trades in the table, whether their ids count up or not */
  sources: string[];
  /** pairs with trades or holes */
  coins: string[];
  gaps: TradeGap[];
}

const hour = 3_600_000;

/** Ids and times may differ in their order, but not by more than this. */
const disorderMs = hour;

/**
 * The statement for `readTradeFacts`: one portable SELECT, for DuckDB and for Athena. Each row is `kind, source, asset_id, asset_type, first_id, last_id, from_time,
 * to_time, state, reason, revision`: ids that are missing between two trades (`missing`), a report about a hole (`hole`), the last id of an exchange and pair (`last`).
 * @param exchanges those whose ids count up by one
 */
export function renderTradeGapsQuery(lake: Lake, { from, to }: Span, exchanges: readonly Exchange[]): string {
  const [trade, hole] = [nameIn(lake, 'market_trade'), nameIn(lake, 'market_hole')];
  const [start, end] = [renderInstant(from - disorderMs), renderInstant(to + disorderMs)];
  const keys = 'source, asset_id, asset_type';
  const ofExchanges = `source in (${exchanges.map((name) => `'${name}'`).join(', ')})`;
  const next = (column: string) => `lead(${column}) over (partition by ${keys} order by trade_id)`;
  const none = 'cast(null as varchar), cast(null as varchar), cast(null as bigint)';
  return `with trade as (
  select ${keys}, trade_id, trade_time from ${trade} where ${ofExchanges} and trade_time >= ${start} and trade_time < ${end}
  union all
  select ${keys}, max(trade_id), max_by(trade_time, trade_id) from ${trade} where ${ofExchanges} and trade_time < ${start} group by ${keys}
  union all
  select ${keys}, min(trade_id), min_by(trade_time, trade_id) from ${trade} where ${ofExchanges} and trade_time >= ${end} group by ${keys}
), ordered as (
  select ${keys}, trade_id, trade_time, ${next('trade_id')} as next_id, ${next('trade_time')} as next_time from trade
)
select 'missing' as kind, ${keys}, trade_id + 1 as first_id, next_id - 1 as last_id, trade_time as from_time, next_time as to_time,
       cast(null as varchar) as state, cast(null as varchar) as reason, cast(null as bigint) as revision
from ordered where next_id > trade_id + 1 and next_time >= ${renderInstant(from)} and trade_time < ${renderInstant(to)}
union all
select 'hole', ${keys}, first_id, last_id, from_time, to_time, state, reason, revision
from ${hole} where ${ofExchanges} and to_time >= ${start} and from_time < ${end}
union all
select 'last', ${keys}, max(trade_id), max(trade_id), min(trade_time), max(trade_time), ${none} from ${trade} group by ${keys}`;
}

/** A report about a hole, as the table has it. */
interface Report {
  first: number;
  last: number;
  from: string;
  to: string;
  state: TradeGap['state'];
  reason: string;
  revision: number;
}

/** What is known of the trades of an exchange and pair. */
interface PairFacts {
  source: string;
  coin: string;
  missing: Pick<TradeGap, 'first' | 'last' | 'from' | 'to'>[];
  reports: Report[];
  /** the last id in the table */
  last: number | undefined;
}

/** The missing ids of each exchange and pair, in their order, from the rows of `renderTradeGapsQuery`. */
export function readTradeFacts(rows: readonly (readonly unknown[])[]): TradeFacts {
  const pairs = new Map<string, PairFacts>();
  for (const row of rows) {
    const [kind, source = '', base = '', quote = '', first, last, from = '', to = '', state, reason, revision] =
      row.map(String);
    const coin = `${base}/${quote}`;
    const facts = pairs.get(`${source} ${coin}`) ?? { source, coin, missing: [], reports: [], last: undefined };
    pairs.set(`${source} ${coin}`, facts);
    const range = { first: Number(first), last: Number(last), from, to };
    if (kind === 'missing') facts.missing.push(range);
    else if (kind === 'last') facts.last = range.last;
    else {
      const said = { state: state as TradeGap['state'], reason: reason ?? '', revision: Number(revision) };
      facts.reports.push({ ...range, ...said });
    }
  }
  const all = [...pairs.values()];
  return {
    sources: [...new Set(all.filter(({ last }) => last !== undefined).map(({ source }) => source))].sort(),
    coins: [...new Set(all.map(({ coin }) => coin))].sort(),
    gaps: all
      .sort((one, other) => (`${one.source} ${one.coin}` < `${other.source} ${other.coin}` ? -1 : 1))
      .flatMap(gapsOf),
  };
}

/** Missing ids between two trades, and what was reported as missing behind the last one. */
function gapsOf({ source, coin, missing, reports, last }: PairFacts): TradeGap[] {
  const newestFirst = reports.toSorted((one, other) => other.revision - one.revision);
  const between = missing.map((range): TradeGap => {
    const { state, reason } = newestFirst.find((report) => overlap(report, range)) ?? silence;
    return { source, coin, ...range, state, reason };
  });
  const beyond = newestFirst
    .filter((report, at) => !newestFirst.slice(0, at).some((newer) => overlap(newer, report)))
    .filter((report) => report.state === 'open' && report.last > (last ?? -1))
    .map(({ first, last: end, from, to, state, reason }): TradeGap => {
      return { source, coin, first: Math.max(first, (last ?? -1) + 1), last: end, from, to, state, reason };
    });
  return [...between, ...beyond].sort((one, other) => one.first - other.first);
}

const silence = { state: 'unreported', reason: 'not followed' } as const;

type Range = Pick<TradeGap, 'first' | 'last'>;

function overlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}
