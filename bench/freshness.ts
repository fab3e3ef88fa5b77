import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { layOut } from '../src/targets/layout.ts';
import { readTableMetadata, readTablePointers } from '../src/tools/iceberg-catalog.ts';
import { TestLake } from '../test/support/lake.ts';
import { quantile, type Figure, type Scenario } from './figure.ts';

const topic = 'coinbase-currencies';
const events = 120;
const everyMs = 500;

/** An event that was acknowledged: where it stands in the log, and when it was sent. */
interface Sent {
  offset: number;
  at: number;
}

/**
 * Two quotes a second of one pair, all jobs running. Latency is from just before the send to the moment that this other process sees it: in
 * Iceberg the catalog's pointer to a commit that holds its offset, in Elasticsearch a search that finds its revision.
 */
export const freshness: Scenario = async (tell) => {
  const lake = await TestLake.prepare();
  try {
    await lake.run('up', '--source', 'simulate');
    await lake.run('produce', '--stop');
    const sent: Sent[] = [];
    const stop = new AbortController();
    const inTable = watch(() => tableEnd(lake), sent, stop.signal);
    const inIndex = watch(() => indexEnd(lake), sent, stop.signal);
    await send(lake.broker, sent);
    await pause(5000);
    stop.abort();
    const [table, index] = [await inTable, await inIndex];
    // The first seconds still compile the code of a batch.
    const counted = (latencies: Map<number, number>) => [...latencies.values()].slice(20);
    tell(`${String(sent.length)} sent, ${String(table.size)} seen in Iceberg, ${String(index.size)} in Elasticsearch`);
    const figure = (what: string, samples: Map<number, number>, q: number, goal?: number): Figure => ({
      what,
      value: quantile(counted(samples), q) / 1000,
      unit: 's',
      goal,
    });
    return [
      figure('send to visible in Elasticsearch, 2 events/s, p50', index, 0.5, 1.2),
      figure('send to visible in Elasticsearch, 2 events/s, p99', index, 0.99),
      figure('send to visible in Iceberg, 2 events/s, p50', table, 0.5, 1.5),
      figure('send to visible in Iceberg, 2 events/s, p99', table, 0.99),
    ];
  } finally {
    await lake.remove();
  }
};

async function send(broker: string, sent: Sent[]): Promise<void> {
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const started = performance.now();
  for (let event = 0; event < events; event += 1) {
    // Not in step with the triggers.
    await pause(Math.max(0, started + event * everyMs * 1.013 - performance.now()));
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString().replace('.000Z', 'Z');
    const price = 100_000 + event;
    const value = JSON.stringify({
      bars: { 'BTC/USD': { c: price, h: price, l: price, n: 1, o: price, t: minute, v: 1, vw: price } },
    });
    const at = performance.now();
    const [answer] = await producer.send({
      topic,
      acks: -1,
      messages: [{ key: 'BTC/USD', value, headers: { source: 'replay' } }],
    });
    sent.push({ offset: Number(answer?.baseOffset), at });
  }
  await producer.disconnect();
}

/** Milliseconds from the send of each event to the first look that saw it, by offset. */
async function watch(end: () => Promise<number>, sent: Sent[], signal: AbortSignal): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  while (!signal.aborted) {
    const next = await end().catch(() => 0);
    const now = performance.now();
    for (const { offset, at } of sent) if (offset < next && !seen.has(offset)) seen.set(offset, now - at);
    await pause(15);
  }
  return seen;
}

let lastPointer: string | undefined;
let lastEnd = 0;

/** End offset of the pair's partition that the table's current commit holds. */
async function tableEnd(lake: TestLake): Promise<number> {
  const pointers = await readTablePointers(layOut(lake.data).catalog);
  const pointer = pointers.find((candidate) => candidate.name === 'crypto_db.crypto_quote')?.metadataLocation;
  if (pointer === undefined || pointer === lastPointer) return lastEnd;
  const { properties } = await readTableMetadata(pointer);
  const held = JSON.parse(properties[`cryptodm.offsets.${topic}`] ?? '{"offsets":{}}') as {
    offsets: Record<string, number>;
  };
  lastPointer = pointer;
  lastEnd = Math.max(0, ...Object.values(held.offsets));
  return lastEnd;
}

/** One past the offset of the newest revision that a search finds. */
async function indexEnd(lake: TestLake): Promise<number> {
  const response = await fetch(`${lake.search}/crypto_quote/_search?size=1&sort=revision:desc&_source=revision`);
  const { hits } = (await response.json()) as { hits: { hits: { _source: { revision: number } }[] } };
  const revision = hits.hits[0]?._source.revision;
  return revision === undefined ? 0 : (revision % 2 ** 40) + 1;
}
