import { isQuotedSql } from './quoted.ts';
import { historySql, newestNameSql, watchedSql } from './renames.ts';
import type { Lake } from './schema.ts';

/**
 * Why a minute has no trades. `quoted`: it has a bar, from quotes. `refused`: the source gave a bar that is none, so that nobody knows.
 * `unknown`: before the first report about this coin.
 */
export type GapReason = 'no trade' | 'quoted' | 'refused' | 'source down' | 'producer down' | 'unknown';

/** A run of minutes of a coin without a trade; times are milliseconds since the epoch, `to` is exclusive. */
export interface Gap {
  /** such as `BTC/USD` */
  coin: string;
  from: number;
  to: number;
  reason: GapReason;
}

/** Minutes from `from` (inclusive) to `to` (exclusive), milliseconds since the epoch. */
export interface Span {
  from: number;
  to: number;
}

/** What the tables say about a coin. */
export interface CoinFacts {
  coin: string;
  /** its first minute in the lake, with a bar or watched; undefined for a coin without any */
  since: number | undefined;
  /** time from which its producers report the minutes that they watch */
  watchedSince: number | undefined;
  /** minutes with a bar */
  bars: Span[];
  /** those of them whose bar is made from quotes */
  quoted: Span[];
  /** minutes in which a missing bar means that there was no trade */
  known: Span[];
  /** minutes in which the source did not answer */
  down: Span[];
  /** minutes of which the source gave a bar that was refused */
  refused: Span[];
}

const minute = 60_000;

/** The bar of a minute may come late, and a correction half a minute after it. */
const settleLag = 90_000;

/** The end (exclusive) of the last minute for which no more bars will come. */
export function settledTo(now: number): number {
  return wholeMinute(now - settleLag);
}

/** The start of the minute of a time. */
export function wholeMinute(time: number): number {
  return Math.floor(time / minute) * minute;
}

/** The full name of a table of the lake. */
export function nameIn(lake: Lake, table: string): string {
  return lake.tables.find(({ name }) => name.endsWith(`.${table}`))?.name ?? table;
}

/** A time, in whole seconds, in the SQL that DuckDB and Athena share. */
export function renderInstant(time: number): string {
  return `cast('${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC' as timestamp with time zone)`;
}

/** Minutes that are counted together: each has a digit of base 4 in a long integer, so that a row that is there thrice does no harm. */
const slotMinutes = 30;

/**
 * The statement for `readFacts`: one portable SELECT, for DuckDB and for Athena. Each row is `kind, asset_id, asset_type, from_window, to_window, minutes`:
 * the first and the last bar (`bars`), two bars with minutes missing between them (`hole`), the first and last bar of half an hour with minutes missing
 * between them (`slot`: a digit of base 4 for each minute, 0 if it is missing), half an hour with bars that are made from quotes (`quoted`: the same, 0 if
 * a minute has none), an interval of coverage (its state), the first minute at all (`since`),
 * the first one that was watched (`watched`). It holds a row for each half hour, not for each minute, so that a year of many coins fits into memory.
 * A coin that was renamed has its newest name, and the bars of all its names.
 */
export function renderFactsQuery(lake: Lake, { from, to }: Span): string {
  const quote = nameIn(lake, 'crypto_quote');
  const bars = historySql(lake.renamed, quote, ['trade_count', 'volume']);
  const watched = watchedSql(lake.renamed, nameIn(lake, 'quote_coverage'), quote);
  const newest = newestNameSql(lake.renamed, 'asset_id');
  const at = renderInstant;
  const keys = 'asset_id, asset_type';
  const digit = (window: string) => `extract(minute from ${window}) % ${String(slotMinutes)}`;
  const power = (exponent: string) => `cast(power(4, ${exponent}) as bigint)`;
  const none = 'cast(null as bigint)';
  return `with bar as (
  select ${keys}, start_window, date_trunc('hour', start_window) as hour,
         case when extract(minute from start_window) < ${String(slotMinutes)} then 0 else 1 end as half,
         case when ${isQuotedSql()} then 1 else 0 end as is_quoted
  from ${bars}
  where start_window >= ${at(from)} and start_window < ${at(to)}
), slot as (
  select ${keys}, min(start_window) as first_window, max(start_window) as last_window, sum(${power(digit('start_window'))}) as minutes,
         sum(is_quoted * ${power(digit('start_window'))}) as quoted
  from bar group by ${keys}, hour, half
), ordered as (
  select *, lead(first_window) over (partition by ${keys} order by first_window) as next_window from slot
)
select 'hole' as kind, ${keys}, last_window as from_window, next_window as to_window, ${none} as minutes
from ordered where date_diff('minute', last_window, next_window) > 1
union all
select 'slot', ${keys}, first_window, last_window, cast(minutes as bigint)
from slot where minutes * 3 <> ${power(`${digit('last_window')} + 1`)} - ${power(digit('first_window'))}
union all
select 'quoted', ${keys}, first_window, last_window, cast(quoted as bigint) from slot where quoted > 0
union all
select 'bars', ${keys}, min(first_window), max(last_window), ${none} from slot group by ${keys}
union all
select 'since', ${newest}, asset_type, min(start_window), max(start_window), ${none} from ${quote} group by ${newest}, asset_type
union all
select state, ${keys}, start_window, end_window, ${none}
from ${watched} where end_window > ${at(from)} and start_window < ${at(to)}
union all
select 'watched', ${keys}, min(start_window), max(end_window), ${none} from ${watched} where state in ('observed', 'history') group by ${keys}`;
}

/** The minutes between the first and the last bar of a slot, both included, whose digits are above 0. */
function minutesOf({ from, to }: Span, digits: bigint): Span[] {
  const spans: Span[] = [];
  const first = BigInt(new Date(from).getUTCMinutes() % slotMinutes);
  for (let time = from; time <= to; time += minute) {
    const place = first + BigInt((time - from) / minute);
    if ((digits >> (2n * place)) % 4n > 0n) spans.push({ from: time, to: time + minute });
  }
  return joined(spans);
}

/** Spans that follow upon each other as one, in order of time. */
function joined(spans: readonly Span[]): Span[] {
  const runs: Span[] = [];
  for (const span of [...spans].sort((one, other) => one.from - other.from)) {
    const last = runs.at(-1);
    if (last?.to === span.from) last.to = span.to;
    else runs.push({ ...span });
  }
  return runs;
}

/** Of a coin of which the tables say nothing. */
export function noFacts(coin: string): CoinFacts {
  return { coin, since: undefined, watchedSince: undefined, bars: [], quoted: [], known: [], down: [], refused: [] };
}

/** The facts of each coin, from the rows of `renderFactsQuery` with its times in ISO-8601. */
export function readFacts(rows: readonly (readonly unknown[])[]): CoinFacts[] {
  const coins = new Map<string, CoinFacts>();
  const holes = new Map<string, Span[]>();
  for (const row of rows) {
    const [kind, base, quote, start, end, digits] = row.map(String);
    const coin = `${base ?? ''}/${quote ?? ''}`;
    const facts = coins.get(coin) ?? noFacts(coin);
    coins.set(coin, facts);
    const span = { from: Date.parse(start ?? ''), to: Date.parse(end ?? '') };
    if (kind === 'hole' || kind === 'slot') {
      const ofCoin = holes.get(coin) ?? [];
      holes.set(coin, ofCoin);
      if (kind === 'hole') ofCoin.push({ from: span.from + minute, to: span.to });
      else {
        const all = [{ from: span.from, to: span.to + minute }];
        ofCoin.push(...without(all, minutesOf(span, BigInt(digits ?? '0'))));
      }
    } else if (kind === 'quoted') facts.quoted.push(...minutesOf(span, BigInt(digits ?? '0')));
    else if (kind === 'bars') facts.bars = [{ from: span.from, to: span.to + minute }];
    else if (kind === 'source-down') facts.down.push(span);
    else if (kind === 'refused') facts.refused.push(span);
    else if (kind === 'watched') facts.watchedSince = span.from;
    else if (kind !== 'since') facts.known.push(span);
    if (kind === 'since' || kind === 'watched') facts.since = Math.min(facts.since ?? span.from, span.from);
  }
  for (const facts of coins.values()) facts.bars = without(facts.bars, holes.get(facts.coin) ?? []);
  return [...coins.values()].sort((one, other) => (one.coin < other.coin ? -1 : 1));
}

/** The runs of minutes without a trade within a span, each with its reason, in their order. */
export function findGaps(facts: CoinFacts, span: Span): Gap[] {
  const barless = without([span], facts.bars);
  const missing = without(barless, facts.refused);
  const missed = without(missing, facts.known);
  const unseen = without(missed, facts.down);
  const watchedSince = facts.watchedSince ?? Number.POSITIVE_INFINITY;
  const cut = (spans: Span[], within: Span) =>
    spans
      .map(({ from, to }) => ({ from: Math.max(from, within.from), to: Math.min(to, within.to) }))
      .filter(({ from, to }) => from < to);
  const named = (spans: Span[], reason: GapReason) =>
    spans.map(({ from, to }): Gap => ({ coin: facts.coin, from, to, reason }));
  return [
    ...named(without(barless, missing), 'refused'),
    ...named(without(missing, missed), 'no trade'),
    ...named(cut(joined(facts.quoted), span), 'quoted'),
    ...named(without(missed, unseen), 'source down'),
    ...named(cut(unseen, { from: watchedSince, to: Number.POSITIVE_INFINITY }), 'producer down'),
    ...named(cut(unseen, { from: Number.NEGATIVE_INFINITY, to: watchedSince }), 'unknown'),
  ].sort((one, other) => one.from - other.from);
}

/** The parts of `spans` (sorted, without overlap) that are in none of `others`. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  const sorted = [...others].sort((one, other) => one.from - other.from);
  const left: Span[] = [];
  let first = 0;
  for (const span of spans) {
    let { from } = span;
    // Intervals that end before this span also end before all later ones; one that begins earlier may still be longer.
    while (first < sorted.length && (sorted[first]?.to ?? 0) <= span.from) first += 1;
    for (let at = first; at < sorted.length; at += 1) {
      const other = sorted[at];
      if (other === undefined || other.from >= span.to) break;
      if (other.to <= from) continue;
      if (other.from > from) left.push({ from, to: other.from });
      from = Math.max(from, other.to);
    }
    if (from < span.to) left.push({ from, to: span.to });
  }
  return left;
}
