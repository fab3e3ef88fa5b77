import { existsSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { Lake } from '../lake/schema.ts';
import { isAlive } from '../tools/process-identity.ts';
import type { LocalLake } from './lake.ts';

/** @throws Fault of kind `part` when there is no lake in the folder */
export function requireSpec({ spec, data }: LocalLake['layout']): void {
  if (existsSync(spec)) return;
  throw new Fault('part', `no lake is up in ${data}`, { where: data, next: 'Run "cryptodm up" first.' });
}

/** @throws Fault of kind `part` when there is no lake in the folder, or its own broker does not run: another one may answer at the address */
export async function requireBroker(lake: LocalLake): Promise<void> {
  await requirePart(lake, 'kafka', 'the broker is not up');
}

/** @throws Fault of kind `part`, as `requireBroker` */
export async function requireSearch(lake: LocalLake): Promise<void> {
  await requirePart(lake, 'elasticsearch', 'Elasticsearch is not up');
}

async function requirePart({ layout, supervisor }: LocalLake, id: string, missing: string): Promise<void> {
  requireSpec(layout);
  const parts = await supervisor.parts();
  const runs = parts.some(({ daemon, process: its }) => daemon.id === id && its !== undefined && isAlive(its));
  if (runs) return;
  throw new Fault('part', missing, { where: layout.data, next: 'Run "cryptodm up" first.' });
}

/** @throws Fault of kind `usage` for a table that the lake does not declare */
export function requireTables(names: readonly string[], { tables }: Lake): void {
  const known = tables.map((table) => table.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new Fault('usage', `no table ${unknown}`, { next: `There are: ${known.join(', ')}.` });
}
