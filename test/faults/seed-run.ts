import assert from 'node:assert/strict';
import { join } from 'node:path';
import { TestLake } from '../support/lake.ts';
import { expectLayers, selectLayer, tables as layers } from '../support/layers.ts';
import { readRows } from '../support/rows.ts';
import { readTopic, type TopicRecord } from '../support/topic.ts';
import {
  badSql,
  compareBad,
  compareCoverage,
  compareDocuments,
  compareLayer,
  compareQuotes,
  compareSeen,
  compareTotals,
  compareTrades,
  coverageSql,
  quoteSql,
  tradeSql,
  type BadRow,
  type CoverageRow,
  type Logs,
  type QuoteRow,
  type TradeRow,
} from './comparison.ts';
import { cutPower, readBegins, type Cut } from './cuts.ts';
import { drive, type Ledger } from './driver.ts';
import { drawEvents, placeOf, topics, type EventCounts, type EventTopic } from './events.ts';
import { ExpectedLake, type Era } from './expected-lake.ts';
import { noFindings, type Findings } from './findings.ts';
import { compareLedger, syncedUntil, type LedgerEra } from './ledger.ts';
import { TopicLog, revisionOf } from './log.ts';
import type { Machine } from './machine/machine.ts';
import { observedSql, type ObservedTable, type Observation } from './observation.ts';
import type { Position } from './positions.ts';
import { startReader, type Seen } from './reader.ts';
import { drawSchedule, type Schedule, type Strike, type StrikeKind } from './schedule.ts';
import { readLog } from './stored-log.ts';
import { hindrancesOf } from './hindrances.ts';
import { awaitRecovery, strike, type Stricken, type Struck } from './strikes.ts';

export interface SeedOptions extends EventCounts {
  /** how long events flow and strikes happen */
  durationMs: number;
  only?: readonly StrikeKind[];
}

/** What a seed did to a lake, and the results. */
export interface SeedReport {
  seed: number;
  struck: Struck[];
  /** strikes of kinds that can't be had on this machine */
  skipped: Strike[];
  /** started, and ended in failure without having been killed */
  optimizers: number;
  failedOptimizers: number;
  /** calls that failed because a part was struck while they waited for it */
  ups: number;
  failedUps: number;
  recovery: 'itself' | 'up';
  /** records of the seed's own producer */
  acknowledged: number;
  /** those that power cuts took, as they may */
  taken: number;
  /** records that were added to the topics meanwhile and are still there, also those of the lake's producers */
  records: number;
  /** of the seed */
  rows: number;
  documents: number;
  badRecords: number;
  queries: number;
  /** snapshots of readers that were compared with the log */
  versions: number;
  findings: Findings;
  seconds: number;
}

/** Milliseconds within which an acknowledged record is on the disk: the default of "durability.topics". */
const syncedWithinMs = 1000;

/** What happened to a lake during the strikes. */
interface Suffered extends Stricken {
  recovery: 'itself' | 'up';
  ledger: Ledger;
  cuts: Cut[];
  /** of the reader before each power cut, and of the last one */
  seen: Seen[];
}

/** One lake that runs several seeds, and the expected content so far. */
export class FaultyLake {
  private readonly expected = new ExpectedLake();
  private begin: Record<EventTopic, Record<number, number>> = { 'coinbase-currencies': {}, 'coinbase-trades': {} };

  private constructor(
    readonly lake: TestLake,
    private readonly machine: Machine,
    private readonly tell: (line: string) => void,
  ) {}

  /** A lake on a disk of its own where that can be had; `produce` starts it. */
  static async prepare(
    environment: Record<string, string>,
    machine: Machine,
    tell: (line: string) => void,
  ): Promise<FaultyLake> {
    const disk = machine.openDisk();
    const place: Record<string, string> = disk === undefined ? {} : { CRYPTODM_PATHS_DATA: join(disk, 'lake') };
    return new FaultyLake(await TestLake.prepare({ ...environment, ...place }), machine, tell);
  }

  async run(seed: number, options: SeedOptions): Promise<SeedReport> {
    const started = performance.now();
    const { expected, lake, tell } = this;
    const place = placeOf(seed);
    const events = drawEvents(seed, options);
    for (const { value, reason, half } of events)
      if (reason !== undefined) expected.malformed.add(value, reason, half === true);
    const driving = drive(lake.broker, events, options.durationMs);
    driving.catch(() => undefined);
    const suffered = await this.suffer(drawSchedule(seed, options), driving, place);
    const { struck, skipped, ups, optimizers, recovery, ledger, seen } = suffered;
    tell('settled; comparing');

    const findings = noFindings();
    const eras = await this.readEras(suffered.cuts);
    const taken = compareLedger(ledger, ledgerEras(eras, suffered), findings);
    expected.beginSeed(place.prefix);
    const newest = new Map<string, Position>();
    eras.forEach((era, number) => {
      const prefixes = {
        advance: (table: ObservedTable, to: Record<string, Position>) => expected.advance(table, to, era),
      };
      const observed = seen[number];
      assert.ok(observed);
      compareSeen(observed, prefixes, newest, findings);
      expected.end(era);
    });
    expected.index(eras);

    const { documents, ...figures } = await this.compareTables(place.prefix, findings);
    await this.compareLayers(place.prefix, findings);
    await this.compareWhole(findings);
    expected.endSeed(documents);
    const logs = eras.at(-1)?.logs;
    assert.ok(logs);
    for (const topic of topics) this.begin[topic] = { ...this.begin[topic], ...logs[topic].ends() };
    const ended = (kind: StrikeKind) =>
      struck.filter((one) => one.kind === kind && 'target' in one && one.target === 'optimizer' && one.hit).length;
    return {
      seed,
      struck,
      skipped,
      optimizers: optimizers.length,
      failedOptimizers: Math.max(0, optimizers.filter(({ code }) => code !== 0).length - ended('kill') - ended('oom')),
      ups: ups.length + (recovery === 'up' ? 1 : 0),
      failedUps: ups.filter(({ code }) => code !== 0).length,
      recovery,
      acknowledged: sum(topics.map((topic) => ledger[topic].length)),
      taken,
      records: sum(topics.map((topic) => logs[topic].length)),
      ...figures,
      documents: documents.size,
      queries: sum(seen.map(({ queries }) => queries)),
      versions: sum(seen.map(({ observations }) => observations.filter(({ offsets }) => offsets !== undefined).length)),
      findings,
      seconds: Math.round((performance.now() - started) / 1000),
    };
  }

  /** Strikes the lake, waits until it has recovered and settled, and ends the reader in any case. */
  private async suffer(
    schedule: Schedule,
    driving: Promise<Ledger>,
    days: { from: string; to: string },
  ): Promise<Suffered> {
    const { lake, machine, tell } = this;
    const cuts: Cut[] = [];
    const seen: Seen[] = [];
    let reader = startReader(lake.data, days);
    const cut = async () => {
      const one = await cutPower(lake.data, machine);
      cuts.push(one);
      seen.push(await reader.killed(one.at));
      reader = startReader(lake.data, days);
    };
    try {
      const stricken = await strike({ lake, machine, cut, tell }, schedule);
      // A failed "up" asks for another one, and without a supervisor nothing restarts by itself.
      const helpless = (stricken.ups.at(-1)?.code ?? 0) !== 0 || (await lake.status()).resident === undefined;
      const recovery = helpless ? 'up' : schedule.recovery;
      if (recovery === 'up') await lake.run('up');
      else await awaitRecovery(lake);
      tell(`recovered by ${recovery}`);
      const ledger = await driving;
      await lake.run('produce', '--stop');
      // A job whose own clock went back starts again when it has committed nothing for 150 s.
      await lake.settle().catch(() => undefined);
      await lake.settleLayers();
      seen.push(await reader.stop());
      return { ...stricken, recovery, ledger, cuts, seen };
    } catch (error) {
      await reader.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Starts the lake, or its own producers again: they stop between seeds, so that the results can be compared. */
  async produce(): Promise<void> {
    await this.lake.run('up');
  }

  private async readEras(cuts: Cut[]): Promise<Era[]> {
    const logsOf = (records: Record<EventTopic, TopicRecord[]>): Logs => ({
      'coinbase-currencies': new TopicLog(records['coinbase-currencies']),
      'coinbase-trades': new TopicLog(records['coinbase-trades']),
    });
    const eras = cuts.map(({ logs, begins, held }): Era => {
      const records = (topic: EventTopic) => readLog(logs[topic], this.begin[topic]);
      return {
        logs: logsOf({
          'coinbase-currencies': records('coinbase-currencies'),
          'coinbase-trades': records('coinbase-trades'),
        }),
        begins,
        held,
      };
    });
    const [quotes, trades] = await Promise.all(
      topics.map((topic) => readTopic(this.lake.broker, topic, this.begin[topic])),
    );
    assert.ok(quotes && trades);
    const logs = logsOf({ 'coinbase-currencies': quotes, 'coinbase-trades': trades });
    return [...eras, { logs, begins: readBegins(this.lake.data) }];
  }

  /** Every row and document of the seed, and of the lake's own producers, one by one. */
  private async compareTables(prefix: string, findings: Findings) {
    const { data } = this.lake;
    const { expected } = this;
    const quotes = await readRows<QuoteRow>(
      data,
      `${quoteSql} where asset_id like '${prefix}%' or source <> 'harness'`,
    );
    compareQuotes(quotes, expected.quotes, findings);
    const documents = await this.lake.documents({
      bool: { should: [{ prefix: { asset_id: prefix } }, { bool: { must_not: { term: { source: 'harness' } } } }] },
    });
    compareDocuments(documents, expected.documents, findings);
    compareCoverage(await readRows<CoverageRow>(data, coverageSql), expected.coverage, findings);
    const trades = await readRows<TradeRow>(
      data,
      `${tradeSql} where document_id like '${prefix}%' or source <> 'user'`,
    );
    compareTrades(trades, expected.trades, findings);
    const from = topics
      .flatMap((topic) =>
        Object.entries(this.begin[topic]).map(
          ([partition, offset]) =>
            `(topic = '${topic}' and "partition" = ${partition} and "offset" < ${String(offset)})`,
        ),
      )
      .join(' or ');
    const bad = await readRows<BadRow>(data, from === '' ? badSql : `${badSql} where not (${from})`);
    compareBad(bad, expected.bad, expected.malformed, findings);
    return { rows: quotes.length + trades.length, documents, badRecords: bad.length };
  }

  /** Silver and gold of the seed's own coins and users, against SQL over the raw records. */
  private async compareLayers(prefix: string, findings: Findings): Promise<void> {
    // Later generations come later, whatever their offsets are.
    const own = (topic: EventTopic) =>
      this.expected.takenOf(topic).map((record) => ({ ...record, offset: revisionOf(record) }));
    const expected = await expectLayers(own('coinbase-currencies'), own('coinbase-trades'));
    for (const layer of Object.keys(layers) as (keyof typeof layers)[]) {
      const { name } = layers[layer];
      const rows = await readRows<Record<string, unknown>>(
        this.lake.data,
        selectLayer(layer, `${name} where asset_id like '${prefix}%'`),
      );
      compareLayer(name, rows, expected[layer], findings);
    }
  }

  /** Counts and sums of the whole tables and of the index, including earlier seeds. */
  private async compareWhole(findings: Findings): Promise<void> {
    const always = { from: '2000-01-01', to: '2100-01-01' };
    const found = async (table: Observation['table']) => {
      const [row] = await readRows<{ n: number; k: number; a: string; b: string }>(
        this.lake.data,
        observedSql(table, always),
      );
      assert.ok(row);
      return { rows: row.n, keys: row.k, first: row.a, second: row.b };
    };
    const { quotes, trades, bad } = this.expected;
    compareTotals('crypto_quote', await found('crypto_quote'), quotes.totals, findings);
    compareTotals('crypto_trader', await found('crypto_trader'), trades.totals, findings);
    compareTotals('bad_record', await found('bad_record'), bad.totals, findings);
    const documents = (await this.lake.status()).documents ?? 0;
    const { least, most } = this.expected.documents.count();
    if (documents < least || documents > most)
      findings.wrong.push(`${String(documents)} documents where ${String(least)} to ${String(most)} are expected`);
  }
}

function ledgerEras(eras: Era[], { cuts, struck, ledger }: Suffered): LedgerEra[] {
  return eras.map(({ logs }, number) => {
    const cut = cuts[number];
    if (cut === undefined) return { logs };
    const hindrances = hindrancesOf(struck, ledger, cut.at);
    return { logs, cutAt: cut.at, syncedUntil: syncedUntil(cut.at, syncedWithinMs, hindrances) };
  });
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
