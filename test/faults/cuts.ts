import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layOut } from '../../src/local/layout.ts';
import { readParts } from '../../src/local/supervisor/parts.ts';
import { readTableMetadata, readTablePointers } from '../../src/local/tables/catalog.ts';
import { isAlive } from '../../src/tools/process-identity.ts';
import { topics, type EventTopic } from './events.ts';
import type { Machine } from './machine/machine.ts';
import { heldTables, type HeldTable } from './observation.ts';
import type { Beginning, Position } from './positions.ts';
import { copyLog } from './stored-log.ts';

/** The generations whose records stand in each topic. */
export type Begins = Record<EventTopic, Beginning[]>;

/** How far each table has read each topic. */
export type Held = Record<HeldTable, Partial<Record<EventTopic, Position>>>;

/** A power cut, and what there was before and after it. */
export interface Cut {
  /** of `performance.now()` */
  at: number;
  /** files of the topics as the broker had written them, most of which the disk had, too */
  logs: Record<EventTopic, Map<number, Buffer[]>>;
  begins: Begins;
  /** what the tables hold on the disk */
  held: Held;
}

/** Cuts the power below a lake: nothing that was not synced stays, and no process of it or of its commands. */
export async function cutPower(data: string, machine: Machine): Promise<Cut> {
  const { disk } = machine;
  if (disk === undefined) throw new Error('there is no disk to cut');
  const layout = layOut(data);
  const broker = readParts(layout.parts).find(({ daemon }) => daemon.id === 'kafka')?.process;
  // Nothing may be acknowledged between the copy and the cut.
  if (broker !== undefined && isAlive(broker)) process.kill(broker.pid, 'SIGSTOP');
  const logs = copyOf((topic) => copyLog(join(layout.kafka, 'log'), topic));
  const begins = readBegins(data);
  const at = performance.now();
  await disk.cut(() => machine.processes());
  return { at, logs, begins, held: await readHeld(data) };
}

function copyOf<T>(read: (topic: EventTopic) => T): Record<EventTopic, T> {
  return Object.fromEntries(topics.map((topic) => [topic, read(topic)])) as Record<EventTopic, T>;
}

/** By the spec of the lake. */
export function readBegins(data: string): Begins {
  const spec = JSON.parse(readFileSync(layOut(data).spec, 'utf8')) as {
    topics: Record<string, { name: string; generation: number; begins?: Beginning[] }>;
  };
  return copyOf((topic) => {
    const found = Object.values(spec.topics).find(({ name }) => name === topic);
    if (found === undefined) throw new Error(`the spec has no topic ${topic}`);
    return found.begins ?? [{ generation: found.generation, from: {} }];
  });
}

async function readHeld(data: string): Promise<Held> {
  const pointers = await readTablePointers(layOut(data).catalog);
  const held = heldTables.map(async (table) => {
    const pointer = pointers.find(({ name }) => name === `crypto_db.${table}`);
    const properties = pointer === undefined ? {} : (await readTableMetadata(pointer.metadataLocation)).properties;
    return [table, positionsOf(properties)] as const;
  });
  return Object.fromEntries(await Promise.all(held)) as Held;
}

/** The positions that the properties of a table name, by topic. */
export function positionsOf(properties: Record<string, string>): Record<string, Position> {
  const start = 'cryptodm.offsets.';
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([property]) => property.startsWith(start))
      .map(([property, value]) => {
        const { generation, offsets } = JSON.parse(value) as Position;
        return [property.slice(start.length), { generation, offsets }];
      }),
  );
}
