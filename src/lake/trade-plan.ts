import { countingExchanges, type Exchange } from './exchanges.ts';
import { findGaps, nameIn, renderInstant, wholeMinute, without, type CoinFacts, type Span } from './gaps.ts';
import type { Lake } from './schema.ts';

/** A range of ids, both ends included; digits, because those of some exchanges are beyond 2^53. */
export interface IdRange {
  first: string;
  last: string;
}

/** A trade of the table, from which a place in the history is found sooner. */
interface Place {
  id: string;
  /** ISO-8601 */
  time: string;
}

/** What a backfill asks an exchange for of a pair. */
export interface TradePlan {
  source: Exchange;
  /** such as `BTC/USD` */
  coin: string;
  /** minutes whose trades are asked for */
  asked: Span[];
  /** minutes that get a bar of these trades */
  bars: Span[];
  /** ids that the table has, in ascending order */
  known: IdRange[];
  /** in ascending order of ids */
  places: Place[];
  /** trades of the span that the table has */
  there: number;
}

/** A pair at an exchange whose trades are wanted. */
export interface Wanted {
  source: Exchange;
  coin: string;
  /** whether the bars of the pair are made from these trades */
  makesBars: boolean;
}

const minute = 60_000;

/** Ids and times may differ in their order, but not by more than this; a trade at the edge of what is there proves no minute within it. */
const disorderMs = minute;

/** How far around the span trades are looked for that prove its ends. */
const aroundMs = 60 * minute;

/** Asking again for what lies between costs less than another search in the history. */
const mergedMs = 3 * minute;

/**
 * The statement for `planTrades`. Each row is `kind, source, asset_id, asset_type, first, last, from_time, to_time`: ids in a row in the table
 * (`ids`), the first one of an hour (`trade`), the number of trades of the span (`there`, in `first`), minutes in a row that have a bar which no trades replace (`kept`).
 */
export function renderTradePlanQuery(lake: Lake, { from, to }: Span, wanted: readonly Wanted[]): string {
  const [trade, quote] = [nameIn(lake, 'market_trade'), nameIn(lake, 'crypto_quote')];
  const at = renderInstant;
  const keys = 'source, asset_id, asset_type';
  // A bar of an exchange that proves its minutes and does not say so lacks trades.
  const proving = `bar.source in (${countingExchanges.map((name) => `'${name}'`).join(', ')})`;
  const pairs = wanted.map(({ source, coin, makesBars }) => {
    const [base = '', quoted = ''] = coin.split('/');
    return `('${source}', '${base}', '${quoted}', ${String(makesBars)})`;
  });
  return `with wanted(source, asset_id, asset_type, makes_bars) as (
  values ${pairs.join(', ')}
), trade as (
  select ${keys}, trade_id, trade_time from ${trade} semi join wanted using (${keys})
  where trade_time >= ${at(from - aroundMs)} and trade_time < ${at(to + aroundMs)}
), numbered as (
  select *, trade_id - row_number() over (partition by ${keys} order by trade_id) as place from trade
), kept as (
  select wanted.source, asset_id, asset_type, start_window, bar.source as made_by, complete
  from ${quote} bar join wanted using (asset_id, asset_type)
  where makes_bars and start_window >= ${at(from)} and start_window < ${at(to)}
    and bar.source <> wanted.source || '-candles' and not (bar.source = wanted.source and not coalesce(complete, not ${proving}))
), row_of as (
  select *, start_window - row_number() over (partition by ${keys} order by start_window) * interval 1 minute as place from kept
)
select 'ids' as kind, ${keys}, cast(min(trade_id) as varchar) as first, cast(max(trade_id) as varchar) as last,
       min(trade_time) as from_time, max(trade_time) as to_time
from numbered group by ${keys}, place
union all
select 'trade', ${keys}, cast(min(trade_id) as varchar), null, min_by(trade_time, trade_id), null
from trade group by ${keys}, date_trunc('hour', trade_time)
union all
select 'there', ${keys}, cast(count(*) as varchar), null, min(trade_time), max(trade_time)
from trade where trade_time >= ${at(from)} and trade_time < ${at(to)} group by ${keys}
union all
select 'kept', ${keys}, null, null, min(start_window), max(start_window) from row_of group by ${keys}, place`;
}

/**
 * What is to be asked for: minutes of which the ids in the table do not prove that all trades are there, and those that lack a bar although the trades
 * make one. The rows of a source whose ids prove nothing are asked for all minutes.
 * @param rows of `renderTradePlanQuery`
 * @param facts of the coins whose bars are made
 */
export function planTrades(
  rows: readonly (readonly unknown[])[],
  span: Span,
  wanted: readonly Wanted[],
  facts: ReadonlyMap<string, CoinFacts>,
): TradePlan[] {
  const texts = rows.map((row) => row.map(String));
  return wanted.map(({ source, coin, makesBars }): TradePlan => {
    const own = texts
      .filter(([, its, base = '', quote = '']) => its === source && `${base}/${quote}` === coin)
      .map(([kind, , , , first = '', last = '', from = '', to = '']) => {
        return { kind, first, last, time: from, from: Date.parse(from), to: Date.parse(to) };
      });
    // SQL gives no order, and digits do not sort as numbers.
    const ascending = (its: string) =>
      own.filter(({ kind }) => kind === its).sort((one, other) => (BigInt(one.first) < BigInt(other.first) ? -1 : 1));
    const ids = ascending('ids');
    const isCounting = countingExchanges.includes(source);
    const proven = isCounting ? ids.map(provenBy).filter(({ from, to }) => from < to) : [];
    const kept = own.filter(({ kind }) => kind === 'kept').map(({ from, to }) => ({ from, to: to + minute }));
    const bars = makesBars ? without([span], kept) : [];
    const its = facts.get(coin);
    const quiet = its === undefined ? [] : findGaps(its, span).filter(({ reason }) => reason === 'no trade');
    const asked = united([...without([span], proven), ...without(bars, quiet)], span);
    return {
      ...{ source, coin, asked, bars: within(bars, asked) },
      known: ids.map(({ first, last }) => ({ first, last })),
      places: isCounting ? ascending('trade').map(({ first, time }) => ({ id: first, time })) : [],
      there: Number(own.find(({ kind }) => kind === 'there')?.first ?? 0),
    };
  });
}

/** The minutes of which ids in a row prove that no trade is missing. */
function provenBy({ from, to }: Span): Span {
  return { from: wholeMinute(from + disorderMs) + minute, to: wholeMinute(to - disorderMs) };
}

/** Spans as one where they overlap or nearly touch. */
function united(spans: readonly Span[], { to: end }: Span): Span[] {
  const runs: Span[] = [];
  for (const { from, to } of [...spans].sort((one, other) => one.from - other.from)) {
    const last = runs.at(-1);
    if (last !== undefined && from <= last.to + mergedMs) last.to = Math.max(last.to, Math.min(to, end));
    else runs.push({ from, to });
  }
  return runs;
}

/** The parts of spans that lie in others. */
function within(spans: readonly Span[], others: readonly Span[]): Span[] {
  return without(spans, without(spans, others));
}

/** Minutes of all spans together. */
export function minutesOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + (to - from) / minute, 0);
}

/** The plan for the producer, one JSON object a line: see `docs/contracts.md`. */
export function renderTradePlan(plans: readonly TradePlan[]): string {
  const time = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
  const lines = plans
    .filter(({ asked }) => asked.length > 0)
    .flatMap(({ source, coin, asked, bars, known, places }) => {
      const line = (kind: string, rest: string) => `{"source":"${source}","pair":"${coin}","kind":"${kind}",${rest}}`;
      const spans = (kind: string, its: readonly Span[]) =>
        its.map(({ from, to }) => line(kind, `"from":"${time(from)}","to":"${time(to)}"`));
      return [
        ...spans('ask', asked),
        ...spans('bars', bars),
        ...known.map(({ first, last }) => line('known', `"first":${first},"last":${last}`)),
        ...places.map(({ id, time: its }) => line('trade', `"id":${id},"time":"${its}"`)),
      ];
    });
  return `${lines.join('\n')}\n`;
}
