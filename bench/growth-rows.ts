import { seeded } from '../test/faults/random.ts';
import { createTables } from '../src/local/steps/tables.ts';
import { Batches } from './batches.ts';
import { peakBytes, startEngine, watchOthers, type Engine } from './engine.ts';
import { compareSizes, type Scenario } from './figure.ts';
import { filledCents, filledDay, fillTable } from './filled-table.ts';
import { interrupted } from './interruption.ts';
import { preload, type Ends } from './load.ts';
import { quoteTable, writeOneJobSpec } from './ours.ts';
import { javaCommandOf } from './process.ts';
import { totalOf, type Quote } from './quotes.ts';
import { Stage } from './stage.ts';
import { pointerOf, TableReading } from './table-reading.ts';

type Tell = (line: string) => void;

/** Minutes of the day that are filled at most; the batches send later ones. */
const filledMinutes = 1400;
const quotesOfBatch = 40;
const revisionsOfBatch = 4;
const rowsOfFile = 500_000;

/** What a batch revises: nothing, minutes of the batch before, or any minutes of the filled day. */
type Revised = 'nothing' | 'late' | 'old';

interface Measured {
  /** milliseconds of each batch, by what it revises */
  batches: Record<Revised, number[]>;
  /** bytes */
  peak: number;
}

/**
 * Measures small batches into a small and a large day's partition. The partition is in its state before maintenance: files of all coins, one
 * after the other in time. A batch is 40 quotes of a new minute, or 36 and 4 revisions: of the minute before, or of any
 * minutes of the day.
 */
export const growthRows: Scenario = async (tell, { smoke }) => {
  const sizes = smoke ? [1000, 100_000] : [10_000, 10_000_000];
  const rounds = smoke ? 2 : 8;
  const stage = await Stage.open();
  try {
    const [small, large] = [
      await measure(stage, sizes[0] ?? 0, rounds, tell),
      await measure(stage, sizes[1] ?? 0, rounds, tell),
    ];
    const rows = sizes.map((size) => `${size.toLocaleString('en')} rows`);
    return [
      ...compareSizes('batch of 40 new quotes', rows, small.batches.nothing, large.batches.nothing),
      ...compareSizes('batch with 4 late revisions', rows, small.batches.late, large.batches.late),
      ...compareSizes('batch with 4 old minutes revised', rows, small.batches.old, large.batches.old),
      ...compareSizes('peak memory', rows, [small.peak / 1e6], [large.peak / 1e6], 'MB'),
    ];
  } finally {
    await stage.close();
  }
};

async function measure(stage: Stage, size: number, rounds: number, tell: Tell): Promise<Measured> {
  const topic = `bench-rows-${String(size)}`;
  await stage.createTopic(topic);
  const { layout, parts, ...ground } = stage.ground(topic);
  writeOneJobSpec({ layout, parts, ...ground }, topic, 'quotes-to-table');
  await createTables(parts.createTables, interrupted);
  const files = Math.ceil(size / rowsOfFile);
  const coins = Math.ceil(size / filledMinutes);
  const filling = { files, rows: size / files, snapshots: 1, coins };
  const { command, args } = parts.createTables;
  const seconds = await fillTable(javaCommandOf(command, args), layout.spec, filling);
  tell(`${String(size)} rows of ${String(coins)} coins written in ${seconds.toFixed(0)} s`);
  const engine = startEngine(parts.spark.daemon);
  const batches = new Batches(layout.jobProgress('quotes-iceberg'));
  const reading = await TableReading.open(layout.warehouse);
  try {
    const day = new GrowingDay(size, coins);
    const send = (revised: Revised) => take(stage, topic, day.batch(revised), batches, engine);
    // The first batches compile the code and read the existing rows.
    for (const revised of ['nothing', 'old', 'late', 'old', 'late'] as const) await send(revised);
    const others = watchOthers([engine.pid, stage.kafka.pid, process.pid]);
    const millis: Measured['batches'] = { nothing: [], late: [], old: [] };
    for (let round = 0; round < rounds; round += 1)
      for (const revised of ['nothing', 'late', 'old'] as const) millis[revised].push(await send(revised));
    const foreign = others();
    const peak = peakBytes(engine.pid);
    const told = Object.entries(millis).map(([revised, samples]) => `${revised} revised ${samples.join(' ')} ms`);
    tell(`${told.join('; ')}; others took ${foreign.toFixed(0)}% of a core`);
    await reading.verifySums(await pointerOf(layout.catalog, quoteTable), day.tally());
    return { batches: millis, peak };
  } finally {
    await batches.stop();
    await engine.stop();
    reading.close();
  }
}

/** Sends quotes and waits until the job has read them. @returns milliseconds of the batch, or of all batches if there were several */
async function take(stage: Stage, topic: string, quotes: Quote[], batches: Batches, engine: Engine): Promise<number> {
  batches.take();
  const { ends }: { ends: Ends } = await preload(stage.broker, topic, quotes);
  await batches.await(ends, 300_000, () => {
    engine.check();
  });
  return batches.take().reduce((sum, millis) => sum + millis, 0);
}

/** A filled day that gets more quotes: makes them, and knows what the table must hold afterwards. */
class GrowingDay {
  private readonly random = seeded(11);
  private readonly revised = new Map<number, number>();
  private last: Quote[] = [];
  private cents = 0n;
  private minute = filledMinutes;
  private rows: number;

  constructor(
    private readonly size: number,
    private readonly coins: number,
  ) {
    this.rows = size;
    for (let number = 0; number < size; number += 1) this.cents += BigInt(filledCents(number));
  }

  /** Quotes of the next minute, and some that revise earlier ones. */
  batch(revised: Revised): Quote[] {
    const minute = filledDay + this.minute * 60_000;
    this.minute += 1;
    const revisions = Array.from({ length: revised === 'nothing' ? 0 : revisionsOfBatch }, (_, place) =>
      revised === 'late' ? this.reviseLate(place) : this.revise(this.random.below(this.size)),
    );
    const count = quotesOfBatch - revisions.length;
    const fresh = Array.from({ length: count }, (_, coin) => ({ coin, minute, cents: 7000 + coin }));
    for (const { cents } of fresh) this.cents += BigInt(cents);
    this.rows += fresh.length;
    this.last = fresh;
    return [...fresh, ...revisions];
  }

  /** Changes the close of a quote of the batch before. */
  private reviseLate(place: number): Quote {
    const before = this.last[place];
    if (before === undefined) throw new Error('there is no batch before');
    this.cents += 1n;
    return { ...before, cents: before.cents + 1 };
  }

  private revise(number: number): Quote {
    const before = this.revised.get(number) ?? filledCents(number);
    const cents = before + 1;
    this.revised.set(number, cents);
    this.cents += 1n;
    return { coin: number % this.coins, minute: filledDay + Math.floor(number / this.coins) * 60_000, cents };
  }

  tally() {
    return { rows: this.rows, keys: this.rows, total: totalOf(this.cents) };
  }
}
