import assert from 'node:assert/strict';
import type { Broker } from '../../src/tools/broker.ts';
import type { TestLake } from './lake.ts';
import { readTopic } from './topic.ts';

interface Expected {
  close: number;
  revision: number;
}

/** Header that marks a test's intentionally malformed records. */
export const malformedHeader = 'malformed';

/** The expected rows: the last record of each coin and minute in the topic. */
async function expectedQuotes(broker: Broker): Promise<Map<string, Expected>> {
  const expected = new Map<string, Expected>();
  for (const record of await readTopic(broker, 'coinbase-currencies')) {
    if (malformedHeader in record.headers) continue;
    const { bars } = JSON.parse(record.value?.toString('utf8') ?? '') as {
      bars: Record<string, { t: string; c: number }>;
    };
    for (const [pair, { t, c }] of Object.entries(bars)) {
      const id = `${pair.replace('/', '-')}-${new Date(t).toISOString().replace('.000Z', 'Z')}`;
      const known = expected.get(id);
      if (known === undefined || known.revision < record.offset)
        expected.set(id, { close: c, revision: record.offset });
    }
  }
  return expected;
}

/**
 * Proves that a lake without producers lost and duplicated nothing: table and index have each coin and minute once, with the last value in
 * the topic, and each transaction once.
 */
export async function proveComplete(lake: TestLake): Promise<void> {
  await lake.settle();
  const expected = await expectedQuotes(lake.broker);
  assert.ok(expected.size > 4);
  const rows = await lake.query<{ id: string; close: number }>(
    `select asset_id || '-' || asset_type || '-' || strftime(start_window, '%Y-%m-%dT%H:%M:%SZ') as id,
            price_crypto::double as close from crypto_db.crypto_quote`,
  );
  assert.equal(rows.length, new Set(rows.map((row) => row.id)).size);
  assert.equal(rows.length, expected.size);
  const documents = await lake.documents();
  assert.equal(documents.size, expected.size);
  for (const row of rows) {
    const last = expected.get(row.id);
    assert.ok(last, `${row.id} is in no record`);
    assert.equal(row.close, last.close, row.id);
    assert.equal(documents.get(row.id)?.['price_crypto'], last.close, row.id);
  }
  const sent = new Set(
    (await readTopic(lake.broker, 'coinbase-trades')).map(
      (record) => (JSON.parse(record.value?.toString('utf8') ?? '') as { transaction_id: string }).transaction_id,
    ),
  );
  assert.ok(sent.size > 100);
  const trades = await lake.query<{ n: number; ids: number }>(
    'select count(*) as n, count(distinct transaction_id) as ids from crypto_db.crypto_trader',
  );
  assert.deepEqual(
    trades.map((row) => [Number(row.n), Number(row.ids)]),
    [[sent.size, sent.size]],
  );
}
