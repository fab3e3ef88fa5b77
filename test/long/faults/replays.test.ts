import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SupervisorClient } from '../../../src/local/supervisor/client.ts';
import { layOut } from '../../../src/local/layout.ts';
import { expireAllButCurrent } from '../../support/expiry.ts';
import { TestLake } from '../../support/lake.ts';
import { readRows } from '../../support/rows.ts';
import { readTopic } from '../../support/topic.ts';
import {
  badSql,
  compareBad,
  compareCoverage,
  compareDocuments,
  compareQuotes,
  compareTrades,
  coverageSql,
  quoteSql,
  tradeSql,
  type BadRow,
  type CoverageRow,
  type QuoteRow,
  type TradeRow,
} from '../../faults/comparison.ts';
import { drive } from '../../faults/driver.ts';
import { drawEvents, type FaultEvent } from '../../faults/events.ts';
import { readBegins } from '../../faults/cuts.ts';
import { ExpectedBad, ExpectedCoverage, ExpectedQuotes, ExpectedTrades, Malformed } from '../../faults/expected.ts';
import { ExpectedDocuments } from '../../faults/expected-documents.ts';
import { generationAt } from '../../faults/positions.ts';
import { noFindings } from '../../faults/findings.ts';

const second = 1000;
const jobs = ['quotes-iceberg', 'trades-iceberg', 'quotes-elasticsearch'];

describe('a replay of a job', function () {
  this.timeout(300 * second);
  let lake: TestLake;
  let layout: ReturnType<typeof layOut>;
  const events = drawEvents(1000, { trades: 6000, bars: 3000 });

  before(async () => {
    lake = await TestLake.prepare();
    layout = layOut(lake.data);
    await lake.run('up', '--no-produce');
    await send(0, 0.5);
  });

  after(async () => {
    await lake.remove();
  });

  async function send(from: number, to: number): Promise<void> {
    await drive(lake.broker, events.slice(from * events.length, to * events.length), 0);
    await lake.settle();
  }

  async function stopJobs(): Promise<void> {
    await new SupervisorClient(lake.data).remove('spark');
  }

  /** Starts the jobs again and waits until they have read everything. @returns records that each has read since */
  async function startJobs(): Promise<Record<string, number>> {
    await lake.run('up', '--no-produce');
    await lake.settle();
    return Object.fromEntries(
      jobs.map((job) => {
        const progress = JSON.parse(readFileSync(layout.jobProgress(job), 'utf8')) as { inputRows: number };
        return [job, progress.inputRows];
      }),
    );
  }

  function checkpoint(job: string, ...more: string[]): string {
    return join(layout.checkpoints, job, 'g1', ...more);
  }

  async function everything() {
    const [quotes, coverage, trades, bad] = await Promise.all([
      readRows<QuoteRow>(lake.data, `${quoteSql} order by all`),
      readRows<CoverageRow>(lake.data, `${coverageSql} order by all`),
      readRows<TradeRow>(lake.data, `${tradeSql} order by all`),
      readRows<BadRow>(lake.data, `${badSql} order by all`),
    ]);
    return { quotes, coverage, trades, bad, documents: await lake.documents() };
  }

  /** Removes a part of the checkpoints with `forget` and replays; nothing may change. */
  async function replay(forget: () => Promise<void> | void): Promise<Record<string, number>> {
    const before = await everything();
    assert.ok(before.quotes.length > 1000 && before.trades.length > 2500 && before.bad.length > 20);
    await stopJobs();
    await forget();
    const read = await startJobs();
    const after = await everything();
    assert.deepEqual(after.quotes, before.quotes);
    assert.deepEqual(after.coverage, before.coverage);
    assert.deepEqual(after.trades, before.trades);
    assert.deepEqual(after.bad, before.bad);
    assert.deepEqual(after.documents, before.documents);
    return read;
  }

  function sent(topic: FaultEvent['topic'], from: number, to: number): number {
    return events.slice(from * events.length, to * events.length).filter((event) => event.topic === topic).length;
  }

  function topicOf(job: string): FaultEvent['topic'] {
    return job.startsWith('trades') ? 'coinbase-trades' : 'coinbase-currencies';
  }

  it('changes nothing when the commit of the last batch is missing', async () => {
    const read = await replay(() => {
      // Keeps an older checkpoint for the next test.
      cpSync(layout.checkpoints, join(lake.folder, 'older'), { recursive: true });
      for (const job of jobs) {
        const names = readdirSync(checkpoint(job, 'commits')).filter((name) => /^\d+$/.test(name));
        const last = names.sort((one, other) => Number(one) - Number(other)).at(-1);
        assert.ok(last);
        rmSync(checkpoint(job, 'commits', last));
      }
    });
    for (const job of jobs) assert.ok((read[job] ?? 0) > 0, `${job} read nothing again`);
    await send(0.5, 0.75);
  });

  it('changes nothing with an older checkpoint', async () => {
    const read = await replay(() => {
      rmSync(layout.checkpoints, { recursive: true });
      cpSync(join(lake.folder, 'older'), layout.checkpoints, { recursive: true });
    });
    for (const job of jobs) assert.equal(read[job], sent(topicOf(job), 0.5, 0.75), job);
  });

  it('changes nothing without a checkpoint', async () => {
    const read = await replay(() => {
      for (const job of jobs) rmSync(checkpoint(job), { recursive: true });
    });
    for (const job of jobs) assert.equal(read[job], sent(topicOf(job), 0, 0.75), job);
  });

  it('changes nothing when all snapshots but the last have been expired, too', async () => {
    const read = await replay(async () => {
      for (const table of ['crypto_quote', 'quote_coverage', 'crypto_trader', 'bad_record'])
        assert.ok((await expireAllButCurrent(layout.catalog, table)) > 1, table);
      for (const job of jobs) rmSync(checkpoint(job), { recursive: true });
    });
    for (const job of jobs) assert.equal(read[job], sent(topicOf(job), 0, 0.75), job);
  });

  it('leaves exactly what the topics contain, after more records', async () => {
    await send(0.75, 1);
    const malformed = new Malformed();
    for (const { value, reason, half } of events) if (reason !== undefined) malformed.add(value, reason, half === true);
    const begins = readBegins(lake.data);
    const [quotes, documents, coverage, trades, bad] = [
      new ExpectedQuotes(malformed),
      new ExpectedDocuments(malformed),
      new ExpectedCoverage(malformed),
      new ExpectedTrades(malformed),
      new ExpectedBad(malformed),
    ];
    for (const topic of ['coinbase-currencies', 'coinbase-trades'] as const) {
      const records = await readTopic(lake.broker, topic);
      for (const read of records.sort((one, other) => one.offset - other.offset)) {
        const record = { ...read, generation: generationAt(begins[topic], read.partition, read.offset) };
        bad.apply(topic, record);
        if (topic === 'coinbase-trades') trades.apply(record);
        else {
          quotes.apply(record);
          documents.apply(record);
          coverage.apply(record);
        }
      }
    }
    const found = await everything();
    const findings = noFindings();
    compareQuotes(found.quotes, quotes, findings);
    compareCoverage(found.coverage, coverage, findings);
    compareTrades(found.trades, trades, findings);
    compareBad(found.bad, bad, malformed, findings);
    compareDocuments(found.documents, documents, findings);
    assert.deepEqual(findings, noFindings());
  });
});
