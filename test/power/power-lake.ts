import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { declareLake } from '../../src/lake/declaration.ts';
import type { CutDisk } from '../support/cut-disk.ts';
import type { TestLake } from '../support/lake.ts';
import { readRows } from '../support/rows.ts';
import { openSender, type Sender } from '../support/topic.ts';

/** Milliseconds within which an acknowledged record is on the disk: the default of "durability.topics". */
const syncedWithinMs = 1000;

/** records of one request */
const batch = 20;

const topic = 'coinbase-trades';
const table = 'crypto_db.crypto_trader';

interface Acknowledged {
  id: string;
  at: number;
}

/** What a cut did to a lake, and what came of it. */
export interface CutReport {
  /** files without a byte that were found before the lake was started again */
  emptyFiles: number;
  /** records older than the promised time, all found once */
  kept: number;
  /** younger ones that are there, and that are not */
  young: { kept: number; lost: number };
  /** rows of all tables */
  rows: number;
  upSeconds: number;
}

/** A lake on a disk whose power is cut, and a ledger of what its broker has acknowledged. */
export class PowerLake {
  private readonly ledger: Acknowledged[] = [];
  private count = 0;
  private cutAt = 0;

  /**
   * @param lake one that is up, with its folder on the disk
   * @param upArguments of the `up` that brings it back
   */
  constructor(
    private readonly lake: TestLake,
    private readonly disk: CutDisk,
    private readonly upArguments: string[] = [],
  ) {}

  /** Produces for so long, cuts the power in the middle of it, and starts the lake again with nothing but `up`. */
  async suffer(loadMs: number): Promise<CutReport> {
    await this.load(loadMs);
    const emptyFiles = countEmptyFiles(this.lake.data);
    const begun = performance.now();
    await this.lake.run('up', ...this.upArguments);
    const upSeconds = Math.round((performance.now() - begun) / 1000);
    await this.lake.run('produce', '--stop');
    await this.lake.settleLayers();
    const rows = await this.compareTables();
    return { emptyFiles, upSeconds, rows, ...(await this.compareLedger()) };
  }

  private async load(loadMs: number): Promise<void> {
    // Few: its broker does not come back before it has given up.
    const sender = await openSender(this.lake.broker, 3);
    let stopped = false;
    const sending = this.send(sender, () => stopped);
    // Its failure is the cut.
    const ended = sending.catch(() => undefined);
    try {
      await Promise.race([pause(loadMs), sending]);
      this.cutAt = performance.now();
      await this.disk.cut();
    } finally {
      stopped = true;
      await sender.close().catch(() => undefined);
      await ended;
    }
  }

  /** Sends trades with keys of their own, as quickly as they are acknowledged but for a little pause. */
  private async send(sender: Sender, isStopped: () => boolean): Promise<void> {
    for (let partition = 0; !isStopped(); partition = 1 - partition) {
      const time = new Date().toISOString();
      const ids = Array.from({ length: batch }, () => `power-${String((this.count += 1)).padStart(8, '0')}`);
      const headers = { source: 'user' };
      await sender.send(
        topic,
        ids.map((id) => ({ key: id, value: trade(id, time), headers, partition })),
      );
      const at = performance.now();
      this.ledger.push(...ids.map((id) => ({ id, at })));
      await pause(100);
    }
  }

  /** Reads every row of every table, and looks for keys that are there twice. @returns the number of rows */
  private async compareTables(): Promise<number> {
    let rows = 0;
    for (const { name, identifier } of declareLake(['BTC/USD']).tables) {
      const keys = identifier.map((column) => `"${column}"`).join(', ');
      const [found] = await readRows<{ n: number; k: number; h: string | null }>(
        this.lake.data,
        `select count(*)::double as n, count(distinct (${keys}))::double as k, bit_xor(hash(t))::varchar as h from ${name} t`,
      );
      assert.ok(found);
      assert.equal(found.n, found.k, `${name} has a key twice`);
      rows += found.n;
    }
    const [quotes] = await readRows<{ n: number }>(
      this.lake.data,
      'select count(*)::double as n from crypto_db.crypto_quote',
    );
    const { documents } = await this.lake.status();
    assert.equal(documents, quotes?.n, 'documents and rows differ');
    return rows;
  }

  private async compareLedger(): Promise<Pick<CutReport, 'kept' | 'young'>> {
    const rows = await readRows<{ id: string }>(
      this.lake.data,
      `select transaction_id as id from ${table} where transaction_id like 'power-%'`,
    );
    const there = new Set(rows.map(({ id }) => id));
    const old = this.ledger.filter(({ at }) => at < this.cutAt - syncedWithinMs);
    const lost = old.filter(({ id }) => !there.has(id));
    assert.deepEqual(
      lost.map(({ id, at }) => `${id}, ${String(Math.round(this.cutAt - at))} ms before the cut`),
      [],
      `${String(lost.length)} of ${String(old.length)} records that were acknowledged long before the cut are lost`,
    );
    const young = this.ledger.filter(({ at }) => at >= this.cutAt - syncedWithinMs);
    const kept = young.filter(({ id }) => there.has(id)).length;
    this.ledger.length = 0;
    return { kept: old.length, young: { kept, lost: young.length - kept } };
  }
}

function trade(id: string, time: string): string {
  return (
    `{"transaction_id":"${id}","document_id":"person-${id.slice(-2)}","asset_id":"BTC","asset_type":"USD",` +
    `"transaction_timestamp":"${time}","trade_type":"BUY","quantity":0.5,"ref_date":"${time.slice(0, 10)}"}`
  );
}

/** Files without a byte below the folders in which no healthy lake has any. */
function countEmptyFiles(data: string): number {
  return ['warehouse', 'checkpoints', 'run'].reduce((sum, folder) => {
    const files = readdirSync(join(data, folder), { recursive: true, encoding: 'utf8' });
    const empty = files.filter((name) => {
      const found = statSync(join(data, folder, name), { throwIfNoEntry: false });
      return found?.isFile() === true && found.size === 0;
    });
    return sum + empty.length;
  }, 0);
}
