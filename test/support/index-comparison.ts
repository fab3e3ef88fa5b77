import assert from 'node:assert/strict';
import type { TestLake } from './lake.ts';

/** Every document of the index is what the table holds, and every row has one. @returns how many there are */
export async function proveIndexEqual(lake: TestLake): Promise<number> {
  const rows = await lake.query<{ id: string; revision: number; price: string }>(
    `select asset_id || '-' || asset_type || '-' || strftime(start_window, '%Y-%m-%dT%H:%M:%SZ') as id,
       revision, price_crypto::double::varchar as price from crypto_db.crypto_quote`,
  );
  const documents = await lake.documents();
  const [inTable, inIndex] = [new Map<string, string>(), new Map<string, string>()];
  for (const { id, revision, price } of rows) inTable.set(id, `${String(revision)} ${String(Number(price))}`);
  for (const [id, { revision, price_crypto: price }] of documents)
    inIndex.set(id, `${String(revision)} ${String(price)}`);
  const sorted = (map: Map<string, string>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));
  assert.deepEqual(sorted(inIndex), sorted(inTable));
  return rows.length;
}

/** A finding of `doctor`. */
interface Finding {
  what: string;
  state: string;
  found: string;
}

/** What `doctor` finds about the index. */
export async function examineIndex(lake: TestLake): Promise<Finding> {
  const { stdout, stderr } = await lake.try(['doctor', '--json']);
  const findings = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Finding);
  const found = findings.find(({ what }) => what === 'index');
  assert.ok(found, `${stdout}\n${stderr}`);
  return found;
}
