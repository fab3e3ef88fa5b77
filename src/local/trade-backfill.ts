import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { barsByPair } from '../settings/bar-choices.ts';
import { secretNames } from '../settings/secret-names.ts';
import { exchanges, exchangesOf, type Exchange } from '../lake/exchanges.ts';
import { allPairs } from '../lake/renames.ts';
import { coinsOf, spanOf } from '../lake/gap-listing.ts';
import { readFacts, renderFactsQuery, type Span } from '../lake/gaps.ts';
import {
  minutesOf,
  planTrades,
  renderTradePlan,
  renderTradePlanQuery,
  type TradePlan,
  type Wanted,
} from '../lake/trade-plan.ts';
import type { TradeBackfillRequest } from '../lake-target.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';
import { producerTask } from './parts/producer.ts';
import { runHistory, type HistoryLine } from './history-task.ts';
import type { Task } from './parts/task.ts';
import { readRows } from './query/lake-rows.ts';
import { requireBroker, requireSpec } from './requirements.ts';
import { prepare } from './setup/preparation.ts';
import { readSecrets } from './steps/daemon.ts';
import { progressText, type TradesBackfilled } from './text/trade-backfill.ts';

const day = 24 * 60 * 60_000;

/**
 * Fetches the trades of exchanges that the table lacks from their histories, through the topic of market trades, and makes the bars that are missing.
 * Whatever ends it early, what has arrived stays, and the next run asks for the rest.
 * @throws Fault of kind `usage`, `part` without a lake, `outside` when an exchange does not answer or has no history of the span, `interrupted`
 */
export async function backfillTrades(
  lake: LocalLake,
  caller: Caller,
  request: TradeBackfillRequest,
): Promise<TradesBackfilled> {
  const { layout } = lake;
  requireSpec(layout);
  const now = Date.now();
  const sources = sourcesOf(lake, request.source);
  const span = spanOf(request, now);
  requireKept(lake, span, now);
  const plans = span.from < span.to ? await plan(lake, caller, { sources, span, coins: request.coins }) : [];
  const done: TradesBackfilled = {
    ...{ minutes: plans.reduce((sum, { asked }) => sum + minutesOf(asked), 0), asked: 0, sent: 0, refused: [] },
    pairs: plans.map(({ source, coin, asked, there }) => {
      return { source, coin, minutes: minutesOf(asked), new: 0, there, absent: 0, bars: 0, begins: null };
    }),
  };
  if (done.minutes === 0) return done;
  const toolchain = await prepare(lake, caller, { extensions: false });
  await requireBroker(lake);
  const file = join(layout.run, `trade-backfill-${String(process.pid)}.jsonl`);
  try {
    mkdirSync(layout.run, { recursive: true });
    writeFileSync(file, renderTradePlan(plans));
    const task = producerTask(lake, toolchain, 'quotes', {
      flags: { source: 'trade-history', missing: file, mix: request.mix ? '' : undefined },
    });
    const keys = readSecrets(caller.env, { secrets: secretNames, secretsFile: lake.settings.alpaca.keys });
    await run(caller, done, { ...task, env: { ...task.env, ...keys } });
  } finally {
    rmSync(file, { force: true });
  }
  requireHistory(done, span);
  return done;
}

/** The exchanges to ask: those that the lake follows, unless others are named. */
function sourcesOf({ settings }: LocalLake, asked: string | undefined): Exchange[] {
  const named = exchangesOf(asked ?? settings.source);
  if (named !== undefined) return [...new Set(named)];
  if (asked !== undefined) {
    throw new Fault('usage', `--source ${asked} gives no trades of an exchange`, {
      where: '--source',
      next: `Exchanges: ${exchanges.join(', ')}.`,
    });
  }
  throw new Fault('usage', `this lake follows no exchange: its source is ${settings.source}`, {
    where: '--source',
    next: 'Name one, such as --source coinbase. To follow it from now on, too: "cryptodm up --source coinbase".',
  });
}

/** Trades that the next maintenance removes are not worth a question. */
function requireKept({ settings }: LocalLake, { from }: Span, now: number): void {
  const { keep } = settings.market;
  // Whole days are removed.
  if (keep === 0 || from >= Math.floor(now / day - keep) * day) return;
  throw new Fault(
    'usage',
    `--from ${new Date(from).toISOString()} is before the ${String(keep)} days for which trades are kept`,
    {
      where: '--from',
      next: `Give a later --from, or keep them for longer: "market.keep" (0: for ever).`,
    },
  );
}

async function plan(
  lake: LocalLake,
  caller: Caller,
  { sources, span, coins }: { sources: readonly Exchange[]; span: Span; coins: string | undefined },
): Promise<TradePlan[]> {
  const { settings } = lake;
  const declared = await lake.declaration();
  const { renamed } = declared;
  const known = [...settings.coins].sort();
  // Under a former name an exchange may have the older trades, but it is asked only by name: it may no longer know the pair.
  const chosen =
    coins === undefined
      ? known
      : coinsOf(coins, [...new Set([...known, ...known.flatMap((coin) => allPairs(renamed, coin))])]);
  const followed = exchangesOf(settings.source)?.[0];
  const choices = barsByPair(settings.market.bars);
  const wanted = sources.flatMap((source) =>
    chosen.map((coin): Wanted => ({
      source,
      coin,
      makesBars: followed !== undefined && (choices[coin] ?? followed) === source,
    })),
  );
  const rows = await readRows(lake, caller, renderTradePlanQuery(declared, span, wanted));
  const facts = wanted.some(({ makesBars }) => makesBars)
    ? readFacts(await readRows(lake, caller, renderFactsQuery(declared, span)))
    : [];
  const byName = facts.flatMap((its) => allPairs(renamed, its.coin).map((name) => [name, its] as const));
  return planTrades(rows, span, wanted, new Map(byName));
}

interface Line extends HistoryLine {
  source?: string;
  pair?: string;
  sent?: number;
  absent?: number;
  bars?: number;
  begins?: string | null;
}

function run(caller: Caller, done: TradesBackfilled, task: Task): Promise<void> {
  return runHistory<Line>(caller, task, {
    done,
    what: 'asking for trades',
    progress: () => progressText(done),
    arrived: (acknowledged) => (done.sent = acknowledged),
    onLine: (line) => {
      if (line.event === 'backfilled') note(done, line);
    },
    failed: { what: 'the trades', where: () => [...new Set(done.pairs.map(({ source }) => source))].join(', ') },
  });
}

function note(done: TradesBackfilled, { source, pair, sent, absent, bars, begins }: Line): void {
  const found = done.pairs.find((its) => its.source === source && its.coin === pair);
  if (found === undefined) return;
  Object.assign(found, { new: sent ?? 0, absent: absent ?? 0, bars: bars ?? 0, begins: begins ?? null });
}

/** @throws Fault of kind `outside` if all histories begin after the span */
function requireHistory({ pairs, refused }: TradesBackfilled, { to }: Span): void {
  const isLate = pairs.every(({ begins, there }) => there === 0 && begins !== null && Date.parse(begins) >= to);
  const [first] = pairs;
  if (first === undefined || !isLate || refused.length > 0) return;
  throw new Fault('outside', `${first.source} has no trade of ${first.coin} before ${first.begins ?? ''}`, {
    where: '--to',
    next: 'Give a later span.',
    facts: { pairs },
  });
}
