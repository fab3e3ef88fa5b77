import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { openTools, type Snippet } from '../../../src/lake/snippet.ts';
import { layOut } from '../../../src/local/layout.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { engines } from '../../support/engines/python.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { sendRaw } from '../../support/topic.ts';

/** A coin of this suite alone. */
const coin = 'OPENED';
const begin = Date.parse('2024-02-01T23:50:00Z');

/** Prints rows and sum of the coin for each line of its input, each time of the newest commit. */
const sums = `
import json, sys
for _ in sys.stdin:
    quotes.refresh()
    prices = quotes.scan(row_filter="asset_id = '${coin}'", selected_fields=("price_crypto",)).to_arrow()["price_crypto"]
    print(json.dumps({"rows": len(prices), "sum": str(sum(prices.to_pylist()))}), flush=True)
`;

describe('a lake in tools of others', function () {
  this.timeout(180_000);
  let lake: TestLake;
  let python: string;
  const snippet = async (tool: string) => JSON.parse(await lake.runHere('open', tool, '--json')) as Snippet;

  before(async () => {
    lake = await sharedLake();
    python = join(await engines('clients'), 'python');
  });

  /** A bar for each of the minutes, which may be there already. */
  const write = (minutes: number[], price: number) =>
    sendRaw(
      lake.broker,
      'coinbase-currencies',
      minutes.map((minute) => {
        const t = new Date(begin + minute * 60_000).toISOString().replace('.000Z', 'Z');
        const close = price + minute / 1000;
        const bar = { o: price, h: close, l: price, c: close, v: 1, t };
        const value = JSON.stringify({ bars: { [`${coin}/USD`]: bar } });
        return { key: `${coin}/USD`, value, headers: { source: 'replay' } };
      }),
    );
  const own = async () => {
    const [row] = await lake.query<{ rows: number; sum: string }>(
      `select count(*)::int as rows, sum(price_crypto)::varchar as sum
       from crypto_db.crypto_quote where asset_id = '${coin}'`,
    );
    return row ?? { rows: 0, sum: '' };
  };

  it('is read by PyIceberg with our own rows and sum at once after each commit, late revisions and maintenance included', async () => {
    const file = join(lake.folder, 'read.py');
    const { text } = await snippet('pyiceberg');
    writeFileSync(file, `${text.replace('print(', 'str(')}\n${sums}`);
    const reader = execa(python, [file], { stdin: 'pipe', reject: false });
    const lines = createInterface({ input: reader.stdout });
    const maintenance = lake.run('optimize-iceberg');
    try {
      for (let round = 1; round <= 6; round += 1) {
        const minutes = Array.from({ length: 5 * round }, (_, minute) => minute);
        await write(minutes, 1000 * round);
        const seen = await awaitAnswer(
          async () => {
            const found = await own();
            return found.rows === minutes.length && Number(found.sum) >= minutes.length * 1000 * round
              ? found
              : undefined;
          },
          { withinMs: 30_000, everyMs: 50 },
        );
        assert.ok(seen, `round ${String(round)} is not in the table`);
        const answer = once(lines, 'line', { signal: AbortSignal.timeout(30_000) });
        reader.stdin.write('\n');
        const [line] = (await answer) as [string];
        assert.deepEqual(JSON.parse(line), { rows: seen.rows, sum: seen.sum });
      }
    } finally {
      reader.stdin.end();
      const { exitCode, stderr } = await reader;
      await maintenance;
      assert.equal(exitCode, 0, stderr);
    }
  });

  it('has locations that begin with file://, which Trino asks for', async () => {
    for (const namespace of ['crypto_db', 'crypto_silver', 'crypto_gold']) {
      const root = `/iceberg/v1/namespaces/${namespace}/tables`;
      const { identifiers } = (await (await lake.askDashboard(root)).json()) as { identifiers: { name: string }[] };
      assert.ok(identifiers.length > 0, namespace);
      for (const { name } of identifiers) {
        const loaded = (await (await lake.askDashboard(`${root}/${name}`)).json()) as {
          'metadata-location': string;
          metadata: { location: string };
        };
        for (const location of [loaded['metadata-location'], loaded.metadata.location])
          assert.ok(location.startsWith(`file://${lake.data}/warehouse/${namespace}/${name}`), location);
      }
    }
  });

  it('never shows its credential in what opens it', async () => {
    const { credential } = layOut(lake.data);
    const token = readFileSync(credential, 'utf8');
    for (const tool of openTools) {
      const { text } = await snippet(tool);
      assert.ok(!text.includes(token), tool);
      if (tool !== 'superset') assert.ok(text.includes(credential), tool);
    }
  });
});
