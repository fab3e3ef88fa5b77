import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { replaceFile } from '../tools/whole-file.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';
import type { Layout } from './layout.ts';

const schema = z.array(z.object({ pair: z.string(), source: z.string(), last: z.iso.datetime() }));
const rowsSchema = z.array(z.tuple([z.string(), z.string(), z.string()]));

/** The last minute (UTC) of a coin that came from a source. */
export type KeptPrice = z.infer<typeof schema>[number];

/** What tables hold of topics that are gone, so that a producer mixes no other kind of prices with it; empty for a lake whose topics are all there. */
export function readKeptPrices({ keptPrices }: Layout): KeptPrice[] {
  if (!existsSync(keptPrices)) return [];
  return schema.safeParse(JSON.parse(readFileSync(keptPrices, 'utf8'))).data ?? [];
}

/** Notes it before the topics go. Tables that can't be read now are no reason to keep the lake running: it says so. */
export async function noteKeptPrices(lake: LocalLake, caller: Caller): Promise<void> {
  if (!existsSync(lake.layout.catalog)) return;
  const sql = `select asset_id || '/' || asset_type as pair, source,
      strftime(max(start_window) at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ') as last
    from crypto_db.crypto_quote group by all order by all`;
  try {
    const { readRows } = await import('./query/lake-rows.ts');
    const rows = rowsSchema.parse(await readRows(lake, caller, sql));
    const kept: KeptPrice[] = rows.map(([pair, source, last]) => ({ pair, source, last }));
    replaceFile(lake.layout.keptPrices, `${JSON.stringify(kept, null, 1)}\n`);
  } catch (error) {
    caller.onEvent({
      event: 'message',
      text: `The sources of the kept prices are not known (${(error as Error).message}): the next "up" does not refuse another kind of prices beside them.`,
    });
  }
}
