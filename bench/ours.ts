import { writeFileSync } from 'node:fs';
import { declareLake } from '../src/lake/declaration.ts';
import type { StreamJob } from '../src/lake/schema.ts';
import { renderSpec } from '../src/lake/spec.ts';
import { createTables } from '../src/local/steps/tables.ts';
import { readTableMetadata } from '../src/local/tables/catalog.ts';
import type { Contender, Store } from './contender.ts';
import { startEngine } from './engine.ts';
import type { Ends } from './load.ts';
import { pairOf } from './quotes.ts';
import { pointerOf, TableReading } from './table-reading.ts';
import type { Ground, Stage } from './stage.ts';

export const quoteTable = 'crypto_db.crypto_quote';

/** Writes the spec of a lake that has only this kind of job, reading this topic. */
export function writeOneJobSpec({ layout, place }: Ground, topic: string, kind: StreamJob['kind']): void {
  const spec = renderSpec(declareLake([pairOf(0)]), { ...place, generations: {} });
  const quotes = spec.topics['quotes'];
  if (quotes === undefined) throw new Error('the declaration has no topic of quotes');
  quotes.name = topic;
  const jobs = spec.jobs.filter((job) => job.kind === kind);
  writeFileSync(layout.spec, JSON.stringify({ ...spec, jobs }));
}

/** Our engine with the one job that the peers have: quotes from the topic into Iceberg by key. */
export async function startOurs(stage: Stage, topic: string): Promise<Contender> {
  const ground = stage.ground(`ours-${topic}`);
  const { layout, parts } = ground;
  writeOneJobSpec(ground, topic, 'quotes-to-table');
  await createTables(parts.createTables, new AbortController().signal);
  const reading = await TableReading.open(layout.warehouse);
  const engine = startEngine(parts.spark.daemon);
  return {
    title: 'cryptodm',
    broker: stage.broker,
    topic,
    engine,
    servants: [stage.kafka.pid],
    stores: [committedOffsets(layout.catalog, topic)],
    verify: async (expected) =>
      (await reading.verify(await pointerOf(layout.catalog, quoteTable), 'revision', expected, true)).rows,
    stop: async () => {
      await engine.stop();
      reading.close();
    },
  };
}

/** The table by its catalog pointer. The offsets of a commit are read at once, because old metadata files are removed. */
export function committedOffsets(catalog: string, topic: string): Store {
  const known = new Map<string, Promise<Ends>>();
  const ends = (mark: string) => {
    const standing = known.get(mark) ?? readOffsets(mark, topic);
    known.set(mark, standing);
    return standing;
  };
  return {
    name: 'Iceberg',
    look: async () => {
      const mark = await pointerOf(catalog, quoteTable);
      if (mark !== undefined) ends(mark).catch(() => undefined);
      return mark;
    },
    ends,
  };
}

async function readOffsets(metadata: string, topic: string): Promise<Ends> {
  const { properties } = await readTableMetadata(metadata);
  const held = JSON.parse(properties[`cryptodm.offsets.${topic}`] ?? '{"offsets":{}}') as {
    offsets: Record<string, number>;
  };
  return new Map(Object.entries(held.offsets).map(([partition, end]) => [Number(partition), end]));
}
