import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import type { Gap } from '../lake/gaps.ts';
import { readSecrets } from './steps/daemon.ts';
import { layOut } from './layout.ts';
import { readProducerProgress } from '../tools/progress.ts';
import { runTask } from './parts/task.ts';
import { listLocalGaps } from './gaps.ts';
import type { GapsRequest } from '../lake/gap-listing.ts';
import { localProducer } from './parts/lake-parts.ts';
import { prepare } from './setup/preparation.ts';
import { requireBroker, type Produced } from './produce.ts';
import { secretNames } from '../settings/secret-names.ts';
import { requireSpec } from './standing-lake.ts';
import type { Work } from '../work.ts';

export interface BackfillRequest extends GapsRequest {
  from: string;
  /** `alpaca`: the market's history also goes into a lake whose quotes are simulated or recorded */
  source: string | undefined;
}

export interface Backfilled {
  coins: number;
  /** missing minutes of all coins together */
  minutes: number;
  /** those of them that the history has answered for */
  asked: number;
  /** bars that it had */
  bars: number;
  /** why a coin has none */
  refused: string[];
}

/**
 * Fetches the minutes that are missing from the market's history, through the topic of quotes, so that everything downstream repairs itself. What the
 * history has answered for is known afterwards, bars or none: whatever ends this early, the next run asks for the rest only.
 * @throws Fault of kind `usage`, `part` without a lake, `outside` when the market's data can't be reached, `interrupted`
 */
export async function backfill(work: Work, request: BackfillRequest): Promise<Backfilled> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  if (request.source === undefined) requireMarket(work);
  const missing = (await listLocalGaps(work, request)).filter(
    ({ coin, reason }) => reason !== 'no trade' && work.settings.coins.includes(coin),
  );
  const coins = [...new Set(missing.map(({ coin }) => coin))];
  const minutes = missing.reduce((sum, { from, to }) => sum + (to - from) / 60_000, 0);
  const done: Backfilled = { coins: coins.length, minutes, asked: 0, bars: 0, refused: [] };
  if (missing.length === 0) return done;
  const kit = await prepare(work, { extensions: false });
  await requireBroker(work);
  const file = writeMissing(layout.run, missing);
  try {
    const url = ['--alpaca-url', work.settings.alpaca.url];
    const args = ['--source', 'alpaca-history', '--missing', file, '--coins', coins.join(','), ...url];
    const producer = localProducer('quotes', kit, work.settings, layout, args);
    // Its own progress file is that of the one in the background.
    const progressFile = producer.args.indexOf('--progress-file');
    const keys = readSecrets({ secrets: secretNames, secretsFile: work.settings.alpaca.keys });
    await run(work, done, {
      command: producer.command,
      args: producer.args.toSpliced(progressFile, 2),
      env: { ...producer.env, ...keys },
    });
  } finally {
    rmSync(file, { force: true });
  }
  return done;
}

/** Made-up prices and the market's would stand side by side. */
function requireMarket(work: Work): void {
  const { settings } = work;
  const running = readProducerProgress(layOut(settings.paths.data).producerProgress('quotes'))?.source;
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

async function run(work: Work, done: Backfilled, task: Parameters<typeof runTask>[0]): Promise<void> {
  let failure: string | undefined;
  const tell = () => {
    work.onEvent({ event: 'progress', id: 'backfill', text: progressText(done) });
  };
  tell();
  try {
    await runTask(task, {
      what: 'asking the history',
      signal: work.signal,
      onLine: (line) => {
        const event = line as { event: string; asked?: number; reason?: string } & Partial<Produced>;
        if (event.event === 'history') done.asked = event.asked ?? 0;
        if (event.event === 'progress' || event.event === 'done') done.bars = event.acknowledged ?? 0;
        if (event.event === 'refused') done.refused.push(event.reason ?? '');
        if (event.event === 'failed') failure = event.reason;
        tell();
      },
    });
  } catch (error) {
    if (failure === undefined) throw error;
    throw new Fault('outside', `the market’s history can’t be had: ${failure}`, {
      where: work.settings.alpaca.url,
      next: 'Try again later: what has arrived stays, and the next run asks for the rest only.',
      facts: { ...done },
      cause: error,
    });
  }
}

/** `[########------------]  40%  4,032 of 10,080 minutes asked, 3,977 bars`. */
export function progressText({ minutes, asked, bars }: Pick<Backfilled, 'minutes' | 'asked' | 'bars'>): string {
  const part = minutes === 0 ? 1 : Math.min(1, asked / minutes);
  const width = 20;
  const filled = Math.round(part * width);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
  const number = (count: number) => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${bar} ${percent}%  ${number(asked)} of ${number(minutes)} minutes asked, ${number(bars)} bars`;
}
