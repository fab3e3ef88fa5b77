import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { sendRaw } from '../../support/topic.ts';

const second = 1000;
const head = 'open_time,open,high,low,close,volume';
const minuteAt = (minute: number) => new Date(Date.UTC(2026, 10, 13, 8, minute)).toISOString().replace('.000Z', 'Z');

/** Recordings as people have them. Their coins are those of no other suite on this lake. */
describe('a recording', function () {
  this.timeout(120 * second);
  let lake: TestLake;

  before(async () => {
    lake = await sharedLake();
  });

  const write = (name: string, lines: readonly string[]): string => {
    const file = join(lake.folder, name);
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(lines.join('\n')) : lines.join('\n'));
    return file;
  };
  const replay = (file: string, ...more: string[]) =>
    lake.try(['produce', 'quotes', '--source', `replay:${file}`, '--count', '100000', ...more]);
  const bars = async (quote: string) => {
    await lake.settle();
    return lake.query<{ asset_id: string; at: string; close: number; trades: number | null; bare: boolean }>(
      `select asset_id, strftime(start_window at time zone 'UTC', '%H:%M') as at, cast(price_crypto as double) as close,
              cast(trade_count as int) as trades, vwap is null as bare
       from crypto_db.crypto_quote where asset_type = '${quote}' order by asset_id, start_window`,
    );
  };

  it('of two coins keeps each under its own name', async () => {
    const file = write('sol-usd2-and-ada-usd2.csv', [
      `symbol,${head},trade_count,vwap`,
      `SOL/USD2,2026-11-13 08:00:00+00:00,91,92,90,91.5,1.5,12.0,91.2`,
      `"ADA/USD2",${minuteAt(1)},3,3.1,2.9,3.05,20,NaN,None`,
    ]);
    const ran = await replay(file);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(await bars('USD2'), [
      { asset_id: 'ADA', at: '08:01', close: 3.05, trades: null, bare: true },
      { asset_id: 'SOL', at: '08:00', close: 91.5, trades: 12, bare: false },
    ]);
  });

  it('whose name tells no pair is refused with the way out, and read with it', async () => {
    const file = write('SOLUSD3-1m-2026-11-14.csv', [head, `${minuteAt(0)},1,2,1,1.5,4`]);
    const refused = await replay(file);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(
      refused.stderr,
      /line 2: has no symbol; name the file like btc-usd-1m\.csv, or give one pair by --coins/,
    );
    const ran = await replay(file, '--coins', 'sol/usd3');
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      (await bars('USD3')).map(({ asset_id }) => asset_id),
      ['SOL'],
    );
  });

  it('may be compressed, newest first, in milliseconds, and leave out refused lines', async () => {
    const ms = (minute: number) => String(Date.parse(minuteAt(minute)));
    const file = write('sol-usd4-1m.csv.gz', [
      head,
      `${ms(3)},1,2,1,1.3,4`,
      `${ms(2)},1,2,1,-1,4`,
      `${ms(1)},1,2,1,1.1,4`,
    ]);
    const iso = await replay(file, '--coins', 'SOL/USD4');
    assert.equal(iso.code, 2);
    assert.match(iso.stderr, /is a number: say by --times s, ms, us or ns what it counts/);
    const stopped = await replay(file, '--coins', 'SOL/USD4', '--times', 'ms');
    assert.equal(stopped.code, 2);
    assert.match(stopped.stderr, /line 3: bar SOL\/USD4: price 'c' must be above 0 but is -1/);
    const ran = await replay(file, '--coins', 'SOL/USD4', '--times', 'ms', '--bad-lines', 'skip');
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout + ran.stderr, /line 3: bar SOL\/USD4: price 'c' must be above 0/);
    assert.deepEqual(
      (await bars('USD4')).map(({ at, close }) => [at, close]),
      [
        ['08:01', 1.1],
        ['08:03', 1.3],
      ],
    );
  });

  it('is refused beside simulated prices of its coin, unless both are wanted', async () => {
    const bar = { o: 20, h: 21, l: 19, c: 20, v: 4, t: minuteAt(0) };
    await sendRaw(lake.broker, 'coinbase-currencies', [
      { key: 'SOL/USD6', value: JSON.stringify({ bars: { 'SOL/USD6': bar } }), headers: { source: 'simulate' } },
    ]);
    const file = write('sol-usd6.csv', [head, `${minuteAt(1)},1,2,1,1.5,4`]);
    const refused = await replay(file, '--coins', 'SOL/USD6');
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /SOL\/USD6 has simulated prices in this lake, the last of 2026-11-13T08:00:00Z/);
    assert.equal((await replay(file, '--coins', 'SOL/USD6', '--mix')).code, 0);
    assert.equal((await bars('USD6')).length, 2);
  });

  it('is refused in the background, too: the producer is not started again, and the command says why', async () => {
    const file = write('sol-usd6.csv', [head, `${minuteAt(2)},1,2,1,1.5,4`]);
    try {
      const refused = await lake.try(['produce', 'quotes', '--source', `replay:${file}`, '--coins', 'SOL/USD6']);
      assert.equal(refused.code, 2, refused.stderr);
      assert.match(refused.stderr, /producer of quotes is not started: .*SOL\/USD6 has simulated prices in this lake/);
      assert.match(refused.stderr, /give "produce quotes" or "backfill" the flag --mix/);
      await lake.named('part-failed', /SOL\/USD6 has simulated prices/);
    } finally {
      await lake.run('produce', 'quotes', '--stop');
    }
  });

  it('is not mixed with the market’s history either, unless both are wanted', async () => {
    const file = write('sol-usd7.csv', [head, `${minuteAt(1)},1,2,1,1.5,4`]);
    assert.equal((await replay(file, '--coins', 'SOL/USD7')).code, 0);
    await lake.settle();
    const span = ['--from', minuteAt(0), '--to', minuteAt(10), '--coins', 'SOL/USD7'];
    const nobody = ['--alpaca-url', 'http://127.0.0.1:9'];
    const refused = await lake.try(['backfill', ...span, ...nobody], { env: { CRYPTODM_SOURCE: 'alpaca' } });
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /SOL\/USD7 has recorded prices in this lake.* would mix with them/);
    const mixed = await lake.try(['backfill', ...span, ...nobody, '--mix'], { env: { CRYPTODM_SOURCE: 'alpaca' } });
    assert.equal(mixed.code, 6, mixed.stderr);
    assert.match(mixed.stderr, /can’t be had/);
  });

  it('has simulated trades in its own minutes: valued, and in volumes and positions', async () => {
    const file = write('sol-usd5-1m.csv', [
      head,
      ...Array.from({ length: 5 }, (_, minute) => `${minuteAt(minute)},20,21,19,20,4`),
    ]);
    // The trades follow what was replayed a short time before, too: both begin together when a lake is raised.
    assert.equal((await replay(file, '--coins', 'SOL/USD5')).code, 0);
    // One a second of the one pair of the replay. Its first minute has fewer, since it was not known whether the pairs before go on.
    const traded = await lake.try(['produce', 'trades', '--rate', '1', '--duration', '8s']);
    assert.equal(traded.code, 0, traded.stderr);
    await lake.settle();
    await lake.settleLayers();
    const [found] = await lake.query(
      `select (select count(*) from crypto_silver.trade_valued
               where asset_type = 'USD5' and price_state = 'exact' and transaction_timestamp >= timestamptz '${minuteAt(1)}') as valued,
              (select cast(sum(trades) as int) from crypto_gold.trade_volume
               where asset_type = 'USD5' and period = '1m' and start_window >= timestamptz '${minuteAt(1)}') as traded,
              (select count(*) > 0 from crypto_gold.position where asset_type = 'USD5') as held`,
    );
    assert.deepEqual(found, { valued: 240, traded: 240, held: true });
  });
});
