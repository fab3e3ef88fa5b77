import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import type { Gap, GapReason } from '../lake/gaps.ts';
import { readSecrets } from './steps/daemon.ts';
import { allPairs } from '../lake/renames.ts';
import { count } from '../tools/phrases.ts';
import { readProducerProgress } from '../tools/progress.ts';
import { progressBar } from '../tools/progress-bar.ts';
import { runHistory, type HistoryLine } from './history-task.ts';
import type { Task } from './parts/task.ts';
import { listLocalGaps } from './gaps.ts';
import { producerTask } from './parts/producer.ts';
import { prepare } from './setup/preparation.ts';
import { secretNames } from '../settings/secret-names.ts';
import { requireBroker, requireSpec } from './requirements.ts';
import type { BackfillRequest } from '../lake-target.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';

export interface Backfilled {
  coins: number;
  /** missing minutes of all coins together */
  minutes: number;
  /** those of them that the history has answered for */
  asked: number;
  /** bars that it had */
  bars: number;
  /** bars that the source gave and that are refused, or taken with a correction; they are in `bad_record` */
  faultyBars: number;
  /** what was wrong with them, the first of each kind */
  faults: string[];
  /** why a coin has none */
  refused: string[];
  /** coins with missing minutes that this lake no longer follows */
  notAsked?: string[];
}

/** Reasons of minutes for which the source has answered. */
const answered: readonly GapReason[] = ['no trade', 'quoted'];

/**
 * Fetches the minutes that are missing from the market's history, through the topic of quotes, so that everything downstream repairs itself. What the
 * history has answered for is known afterwards, bars or none: whatever ends this early, the next run asks for the rest only.
 * @throws Fault of kind `usage`, `part` without a lake, `outside` when the market's data can't be reached, `interrupted`
 */
export async function backfill(lake: LocalLake, caller: Caller, request: BackfillRequest): Promise<Backfilled> {
  const { settings, layout } = lake;
  requireSpec(layout);
  if (request.source === undefined) requireMarket(lake);
  const { renamed } = await lake.declaration();
  const unanswered = (await listLocalGaps(lake, caller, request)).filter(({ reason }) => !answered.includes(reason));
  // A coin that is no longer followed is asked for only by its name: its rows may come from anywhere. A renamed one is asked for under each name that is followed.
  const wanted = request.coins?.split(',').map((pair) => pair.trim().toUpperCase()) ?? settings.coins;
  const namesOf = ({ coin }: Gap) => allPairs(renamed, coin).filter((name) => wanted.includes(name));
  const missing = unanswered.flatMap((gap) => namesOf(gap).map((coin) => ({ ...gap, coin })));
  const coins = [...new Set(missing.map(({ coin }) => coin))];
  const minutes = missing.reduce((sum, { from, to }) => sum + (to - from) / 60_000, 0);
  const left = [...new Set(unanswered.filter((gap) => namesOf(gap).length === 0).map(({ coin }) => coin))];
  const done: Backfilled = {
    ...{ coins: coins.length, minutes, asked: 0, bars: 0, faultyBars: 0, faults: [], refused: [] },
    ...(left.length === 0 ? {} : { notAsked: left }),
  };
  if (missing.length === 0) return done;
  const toolchain = await prepare(lake, caller, { extensions: false });
  await requireBroker(lake);
  const file = writeMissing(layout.run, missing);
  try {
    const { url, keys: secretsFile } = settings.alpaca;
    const history = { url, missing: file, coins };
    const mix = request.mix || request.source !== undefined ? '' : undefined;
    const task = producerTask(lake, toolchain, 'quotes', { history, flags: { mix } });
    const keys = readSecrets(caller.env, { secrets: secretNames, secretsFile });
    await run(lake, caller, done, { ...task, env: { ...task.env, ...keys } });
  } finally {
    rmSync(file, { force: true });
  }
  return done;
}

/** Simulated prices and the market's would mix. */
function requireMarket({ settings, layout }: LocalLake): void {
  const running = readProducerProgress(layout.producerProgress('quotes'))?.source;
  const source = settings.source === 'auto' ? running : settings.source;
  const made = source === 'simulate' ? 'simulated' : source?.startsWith('replay') === true ? 'recorded' : undefined;
  if (made === undefined) return;
  throw new Fault('usage', `the quotes of this lake are ${made}: the market’s history does not belong between them`, {
    where: '--source',
    next: 'Minutes that a simulation has missed are filled by itself when it starts. To mix them all the same: --source alpaca.',
  });
}

/** One JSON object a line, see `docs/contracts.md`. @returns the file */
function writeMissing(folder: string, missing: readonly Gap[]): string {
  const file = join(folder, `backfill-${String(process.pid)}.jsonl`);
  const time = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
  const lines = missing.map(({ coin, from, to }) => JSON.stringify({ pair: coin, from: time(from), to: time(to) }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

interface Line extends HistoryLine {
  count?: number;
}

function run({ settings }: LocalLake, caller: Caller, done: Backfilled, task: Task): Promise<void> {
  return runHistory<Line>(caller, task, {
    done,
    what: 'asking the history',
    progress: () => progressText(done),
    arrived: (acknowledged) => (done.bars = acknowledged),
    onLine: ({ event, count: faults, reason }) => {
      if (event === 'refused-bar') noteFault(done, faults ?? 0, reason ?? '');
    },
    failed: { what: 'the market’s history', where: () => settings.alpaca.url },
  });
}

/** How many faults are named one by one. */
const namedFaults = 5;

function noteFault(done: Backfilled, count: number, reason: string): void {
  done.faultyBars = count;
  if (done.faults.length < namedFaults && !done.faults.includes(reason)) done.faults.push(reason);
}

/** What the source gave that is no good bar, as a person reads it; undefined for nothing. */
export function faultsText({ faultyBars, faults }: Pick<Backfilled, 'faultyBars' | 'faults'>): string | undefined {
  if (faultyBars === 0) return undefined;
  return `${count(faultyBars, 'bar')} of the source had a fault (crypto_db.bad_record has them): ${faults.join('; ')}`;
}

/** Coins that were left out, as a person reads it; undefined for none. */
export function notAskedText({ notAsked }: Pick<Backfilled, 'notAsked'>): string | undefined {
  if (notAsked === undefined) return undefined;
  const names = notAsked.join(', ');
  return `${names}: not in "coins" of this lake, so not asked for. To ask all the same: --coins ${notAsked.join(',')}.`;
}

/** `[########------------]  40%  4,032 of 10,080 minutes asked, 3,977 bars`. */
export function progressText({ minutes, asked, bars }: Pick<Backfilled, 'minutes' | 'asked' | 'bars'>): string {
  return progressBar({ minutes, asked, sent: bars, what: 'bars' });
}
