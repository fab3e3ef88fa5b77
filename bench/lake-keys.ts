import type { TestLake } from '../test/support/lake.ts';
import { readTopic } from '../test/support/topic.ts';

/** Checks that a settled lake holds each coin and minute of its topic once, as a row and as a document. @returns how many @throws Error if not */
export async function requireAllKeys(lake: TestLake): Promise<number> {
  const keys = new Set<string>();
  for (const record of await readTopic(lake.broker, 'coinbase-currencies')) {
    const { bars } = JSON.parse(record.value?.toString('utf8') ?? '{}') as { bars: Record<string, { t: string }> };
    for (const [pair, bar] of Object.entries(bars)) keys.add(`${pair} ${bar.t}`);
  }
  const [row] = await lake.query<{ n: number }>('select count(*) as n from crypto_db.crypto_quote');
  const { documents } = await lake.status();
  if (Number(row?.n) !== keys.size || documents !== keys.size) {
    throw new Error(`${String(keys.size)} keys in the topic, ${String(row?.n)} rows, ${String(documents)} documents`);
  }
  return keys.size;
}
