import assert from 'node:assert/strict';
import type { TestLake } from '../support/lake.ts';
import { expectLayers, selectLayer, tables as layers } from '../support/layers.ts';
import { readRows } from '../support/rows.ts';
import { readTopic } from '../support/topic.ts';
import {
  badSql,
  compareBad,
  compareCoverage,
  compareDocuments,
  compareLayer,
  compareLedger,
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
import { drive, type Ledger } from './driver.ts';
import { drawEvents, placeOf, type EventCounts, type EventTopic } from './events.ts';
import { ExpectedBad, ExpectedCoverage, ExpectedQuotes, ExpectedTrades, Malformed } from './expected.ts';
import { noFindings, type Findings } from './findings.ts';
import { TopicLog } from './log.ts';
import { observedSql, type Observation } from './observation.ts';
import { startReader, type Reader } from './reader.ts';
import { drawSchedule, type Schedule, type StrikeKind } from './schedule.ts';
import { awaitRecovery, strike, type Struck } from './strikes.ts';

export interface SeedOptions extends EventCounts {
  /** how long events flow and strikes happen */
  durationMs: number;
  only?: readonly StrikeKind[];
}

/** What a seed did to a lake, and the results. */
export interface SeedReport {
  seed: number;
  struck: Struck[];
  /** started, and ended in failure without having been killed */
  optimizers: number;
  failedOptimizers: number;
  /** calls that failed because a part was struck while they waited for it */
  ups: number;
  failedUps: number;
  recovery: 'itself' | 'up';
  /** records of the seed's own producer */
  acknowledged: number;
  /** records that were added to the topics meanwhile, also by the lake's producers */
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

const topics: EventTopic[] = ['coinbase-currencies', 'coinbase-trades'];

/** The tables with data of a topic. */
const readers: Record<EventTopic, Observation['table'][]> = {
  'coinbase-currencies': ['crypto_quote', 'bad_record'],
  'coinbase-trades': ['crypto_trader', 'bad_record'],
};

/** One lake that runs several seeds, and the expected content so far. */
export class FaultyLake {
  private readonly malformed = new Malformed();
  private readonly quotes = new ExpectedQuotes(this.malformed);
  private readonly coverage = new ExpectedCoverage(this.malformed);
  private readonly trades = new ExpectedTrades(this.malformed);
  private readonly bad = new ExpectedBad(this.malformed);
  /** how far the log of each topic has been applied, for each table */
  private readonly applied = new Map<string, Record<number, number>>();
  private begin: Record<EventTopic, Record<number, number>> = { 'coinbase-currencies': {}, 'coinbase-trades': {} };

  constructor(
    readonly lake: TestLake,
    private readonly tell: (line: string) => void,
  ) {}

  /** Starts the lake with its own producers at a low rate. */
  async raise(): Promise<void> {
    await this.lake.run('up');
  }

  async run(seed: number, options: SeedOptions): Promise<SeedReport> {
    const started = performance.now();
    const { lake, tell } = this;
    const place = placeOf(seed);
    const events = drawEvents(seed, options);
    for (const { value, reason, half } of events)
      if (reason !== undefined) this.malformed.add(value, reason, half === true);
    const schedule = drawSchedule(seed, options);
    const reader = startReader(lake.data, place);
    const driving = drive(lake.broker, events, options.durationMs);
    driving.catch(() => undefined);
    const { struck, ups, optimizers, recovery, ledger, seen } = await this.suffer(schedule, driving, reader);
    tell('settled; comparing');

    const findings = noFindings();
    const logs = await this.readLogs();
    compareLedger(ledger, logs, findings);
    const own = new ExpectedTrades(this.malformed);
    compareSeen(seen, { advance: (table, to) => this.advance(table, to, logs, own, place.prefix) }, findings);
    const ends = Object.fromEntries(topics.map((topic) => [topic, logs[topic].ends()]));
    for (const table of ['crypto_quote', 'crypto_trader', 'bad_record'] as const)
      this.advance(table, ends, logs, own, place.prefix);

    const figures = await this.compareTables(place.prefix, findings);
    await this.compareLayers(place.prefix, logs, findings);
    await this.compareWhole(findings);
    this.quotes.forget(place.prefix);
    this.trades.forget(place.prefix);
    this.bad.forget();
    const records = topics.reduce((sum, topic) => sum + logs[topic].length, 0);
    this.begin = ends as typeof this.begin;
    return {
      seed,
      struck,
      optimizers: optimizers.length,
      failedOptimizers:
        optimizers.filter(({ code }) => code !== 0).length -
        struck.filter(({ kind, target, hit }) => kind === 'kill' && target === 'optimizer' && hit).length,
      ups: ups.length + (recovery === 'up' ? 1 : 0),
      failedUps: ups.filter(({ code }) => code !== 0).length,
      recovery,
      acknowledged: topics.reduce((sum, topic) => sum + ledger[topic].length, 0),
      records,
      ...figures,
      queries: seen.queries,
      versions: seen.observations.filter((observation) => observation.offsets !== undefined).length,
      findings,
      seconds: Math.round((performance.now() - started) / 1000),
    };
  }

  /** Strikes the lake, waits until it has recovered and settled, and ends the reader in any case. */
  private async suffer(schedule: Schedule, driving: Promise<Ledger>, reader: Reader) {
    const { lake, tell } = this;
    try {
      const stricken = await strike(lake, schedule, tell);
      // A failed "up" asks for another one, and without a supervisor nothing restarts by itself.
      const helpless = (stricken.ups.at(-1)?.code ?? 0) !== 0 || (await lake.status()).resident === undefined;
      const recovery = helpless ? 'up' : schedule.recovery;
      if (recovery === 'up') await lake.run('up');
      else await awaitRecovery(lake);
      tell(`recovered by ${recovery}`);
      const ledger = await driving;
      await lake.run('produce', '--stop');
      await lake.settleLayers();
      return { ...stricken, recovery, ledger, seen: await reader.stop() };
    } catch (error) {
      await reader.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Starts the lake's own producers again; they stop between seeds, so that the results can be compared. */
  async produce(): Promise<void> {
    await this.lake.run('up');
  }

  private async readLogs(): Promise<Logs> {
    const [quotes, trades] = await Promise.all(
      topics.map(async (topic) => new TopicLog(await readTopic(this.lake.broker, topic, this.begin[topic]))),
    );
    assert.ok(quotes && trades);
    return { 'coinbase-currencies': quotes, 'coinbase-trades': trades };
  }

  /** Applies the log up to the offsets to the expected rows of a table. */
  private advance(
    table: Observation['table'],
    to: Record<string, Record<number, number>>,
    logs: Logs,
    own: ExpectedTrades,
    prefix: string,
  ) {
    for (const topic of topics) {
      const ends = to[topic];
      if (ends === undefined || !readers[topic].includes(table)) continue;
      const place = `${table} ${topic}`;
      const from = this.applied.get(place) ?? {};
      for (const record of logs[topic].between(from, ends)) {
        if (table === 'bad_record') this.bad.apply(topic, record);
        else if (table === 'crypto_quote') {
          this.quotes.apply(record);
          this.coverage.apply(record);
        } else {
          this.trades.apply(record);
          if (record.key.startsWith(prefix)) own.apply(record);
        }
      }
      this.applied.set(place, { ...from, ...ends });
    }
    return { crypto_quote: this.quotes, crypto_trader: own, bad_record: this.bad }[table].totals;
  }

  /** Every row and document of the seed, and of the lake's own producers, one by one. */
  private async compareTables(prefix: string, findings: Findings) {
    const { data } = this.lake;
    const quotes = await readRows<QuoteRow>(data, `${quoteSql} where asset_id like '${prefix}%' or source <> 'replay'`);
    compareQuotes(quotes, this.quotes, findings);
    const documents = await this.lake.documents({
      bool: { should: [{ prefix: { asset_id: prefix } }, { bool: { must_not: { term: { source: 'replay' } } } }] },
    });
    compareDocuments(documents, this.quotes, findings);
    compareCoverage(await readRows<CoverageRow>(data, coverageSql), this.coverage, findings);
    const trades = await readRows<TradeRow>(
      data,
      `${tradeSql} where document_id like '${prefix}%' or source <> 'user'`,
    );
    compareTrades(trades, this.trades, findings);
    const from = topics
      .flatMap((topic) =>
        Object.entries(this.begin[topic]).map(
          ([partition, offset]) =>
            `(topic = '${topic}' and "partition" = ${partition} and "offset" < ${String(offset)})`,
        ),
      )
      .join(' or ');
    const bad = await readRows<BadRow>(data, from === '' ? badSql : `${badSql} where not (${from})`);
    compareBad(bad, this.bad, this.malformed, findings);
    return { rows: quotes.length + trades.length, documents: documents.size, badRecords: bad.length };
  }

  /** Silver and gold of the seed's own coins and users, against SQL over the raw records. */
  private async compareLayers(prefix: string, logs: Logs, findings: Findings): Promise<void> {
    const own = (topic: EventTopic) =>
      [...logs[topic].between({}, logs[topic].ends())]
        .filter((record) => record.key.startsWith(prefix) && this.malformed.holdsEvents(record))
        .map((record) => this.malformed.cleaned(record));
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
    compareTotals('crypto_quote', await found('crypto_quote'), this.quotes.totals, findings);
    compareTotals('crypto_trader', await found('crypto_trader'), this.trades.totals, findings);
    compareTotals('bad_record', await found('bad_record'), this.bad.totals, findings);
    const { documents } = await this.lake.status();
    if (documents !== this.quotes.totals.rows)
      findings.wrong.push(`${String(documents)} documents where ${String(this.quotes.totals.rows)} are expected`);
  }
}
