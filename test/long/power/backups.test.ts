import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { declareLake } from '../../../src/lake/declaration.ts';
import { layOut } from '../../../src/local/layout.ts';
import { readTables } from '../../../src/local/tables/catalog.ts';
import { TestLake } from '../../support/lake.ts';
import { readRows } from '../../support/rows.ts';

const second = 1000;
const tables = declareLake(['BTC/USD']).tables.length;

describe('a copy of a lake that runs under load', function () {
  this.timeout(300 * second);
  let lake: TestLake;
  let layout: ReturnType<typeof layOut>;

  before(async () => {
    const rates = { CRYPTODM_QUOTES_RATE: '300', CRYPTODM_TRADES_RATE: '100' };
    lake = await TestLake.prepare({ CRYPTODM_SOURCE: 'simulate', ...rates });
    layout = layOut(lake.data);
    await lake.run('up');
  });

  after(async () => {
    await lake.remove();
  });

  it('has a state of each table when it is the database of the catalog alone', async () => {
    for (let copy = 0; copy < 20; copy += 1) {
      const alone = join(lake.folder, `copy-${String(copy)}`);
      mkdirSync(alone);
      cpSync(layout.catalog, join(alone, 'catalog.db'));
      const read = await readTables(join(alone, 'catalog.db'));
      assert.deepEqual(read.unreadable, []);
      assert.equal(read.tables.length, tables);
      // Another place between two checkpoints of the log each time.
      await pause(300);
    }
  });

  it('of its warehouse by the commands of docs/reliability.md can be put in its place, and nothing is lost or doubled', async () => {
    const backup = join(lake.folder, 'backup');
    const shell = [
      `cp "$L/warehouse/catalog.db" "$B.catalog"`,
      `cp -al "$L/warehouse" "$B"`,
      `rm "$B"/catalog.db*`,
      `mv "$B.catalog" "$B/catalog.db"`,
    ].join(' && ');
    execFileSync('sh', ['-c', shell], { env: { ...process.env, L: lake.data, B: backup } });
    // The lake goes on and removes what the copy still holds.
    await pause(40 * second);
    await lake.run('produce', '--stop');
    await lake.settleLayers();
    const before = await countRows();
    await lake.halt();
    renameSync(layout.warehouse, join(lake.folder, 'replaced'));
    cpSync(backup, layout.warehouse, { recursive: true });
    rmSync(layout.checkpoints, { recursive: true });
    assert.deepEqual((await readTables(layout.catalog)).unreadable, []);
    const older = await countRows();
    assert.ok((older['crypto_db.crypto_trader'] ?? 0) < (before['crypto_db.crypto_trader'] ?? 0));
    await lake.run('up', '--no-produce');
    await lake.settleLayers();
    assert.deepEqual(await countRows(), before);
  });

  /** Rows of each table, each row read; fails for a key that is there twice. */
  async function countRows(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { name, identifier } of declareLake(['BTC/USD']).tables) {
      const keys = identifier.map((column) => `"${column}"`).join(', ');
      const [found] = await readRows<{ n: number; k: number; h: string | null }>(
        lake.data,
        `select count(*)::double as n, count(distinct (${keys}))::double as k, bit_xor(hash(t))::varchar as h from ${name} t`,
      );
      assert.ok(found);
      assert.equal(found.n, found.k, name);
      counts[name] = found.n;
    }
    return counts;
  }
});
