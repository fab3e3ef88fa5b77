import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { AlpacaDouble, wireBar, type WireBar } from '../support/alpaca.ts';
import { CutDisk } from '../support/cut-disk.ts';
import { TestLake } from '../support/lake.ts';
import { askTool, connectMcp } from '../support/mcp-client.ts';
import { PowerLake } from '../power/power-lake.ts';
import { skipWithout } from '../support/skipping.ts';
import { sendRaw } from '../support/topic.ts';

interface Gap {
  coin: string;
  from: string;
  to: string;
  minutes: number;
  reason: string;
}

const minute = 60_000;
const iso = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');
const topic = 'coinbase-currencies';

describe('gaps', function () {
  this.timeout(240_000);
  const now = Math.floor(Date.now() / minute) * minute;
  const at = (offset: number) => iso(now + offset * minute);
  const day = Math.floor(now / 86_400_000) * 86_400_000 - 2 * 86_400_000;
  let lake: TestLake;
  let alpaca: AlpacaDouble;
  let disk: CutDisk | string;

  const list = async (...args: string[]): Promise<Gap[]> => {
    const lines = (await lake.runHere('gaps', '--json', ...args)).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Gap);
  };
  const spans = (gaps: Gap[]) => gaps.map(({ coin, from, to, reason }) => `${coin} ${from} ${to} ${reason}`);
  const bar = (pair: string, offset: number, close: number) => ({
    key: pair,
    value: JSON.stringify({ bars: { [pair]: wireBar(at(offset), close) } }),
    headers: { source: 'alpaca' },
  });
  const coverage = (pair: string, from: number, to: number, state: string) => ({
    key: pair,
    value: JSON.stringify({ bars: {}, coverage: { pair, from: at(from), to: at(to), state } }),
    headers: { source: 'alpaca' },
  });

  before(async () => {
    alpaca = await AlpacaDouble.open();
    alpaca.latest.set('BTC/USD', wireBar(at(-2), 200));
    alpaca.latest.set('LTC/USD', wireBar(at(-2), 86));
    disk = CutDisk.open(4);
    lake = await TestLake.prepare(typeof disk === 'string' ? {} : { CRYPTODM_PATHS_DATA: join(disk.path, 'lake') });
    const ran = await lake.try(['up', '--no-produce', '--alpaca-url', alpaca.url], {
      env: { CRYPTODM_QUOTES_POLL: '1s' },
    });
    assert.equal(ran.code, 0, ran.stderr);
    // The records of a producer that died over an hour ago, and its coverage of a source that was down.
    await sendRaw(lake.broker, topic, [
      bar('BTC/USD', -72, 100),
      bar('BTC/USD', -70, 101),
      coverage('BTC/USD', -72, -69, 'observed'),
      bar('LTC/USD', -70, 85),
      coverage('LTC/USD', -70, -69, 'observed'),
      coverage('LTC/USD', -69, -60, 'source-down'),
    ]);
    await lake.settle();
  });

  after(async () => {
    await lake.remove();
    await alpaca.close();
    if (typeof disk !== 'string') await disk.close();
  });

  it('are listed with their reasons', async () => {
    const expected = [
      `BTC/USD ${at(-71)} ${at(-70)} no trade`,
      `BTC/USD ${at(-69)} ${at(-10)} producer down`,
      `LTC/USD ${at(-69)} ${at(-60)} source down`,
      `LTC/USD ${at(-60)} ${at(-10)} producer down`,
    ];
    assert.deepEqual(spans(await list('--to', at(-10))), expected);
    assert.deepEqual(spans(await list('--from', at(-75), '--to', at(-69), '--coins', 'BTC/USD')), [
      `BTC/USD ${at(-75)} ${at(-72)} unknown`,
      `BTC/USD ${at(-71)} ${at(-70)} no trade`,
    ]);
    const text = await lake.run('gaps', '--to', at(-10));
    assert.match(text, /LTC\/USD {2}\S+ {2}\S+ {8}9 {2}source down/);
    assert.match(text, /producer down: 109 minutes/);
  });

  it('are what an assistant is answered', async () => {
    const client = await connectMcp(lake.env);
    try {
      const { gaps } = await askTool<{ gaps: Gap[] }>(client, 'gaps', { to: at(-10) });
      assert.deepEqual(gaps, await list('--to', at(-10)));
      const { status } = await askTool<{ status: { state: string } }>(client, 'status');
      assert.equal(status.state, 'up');
      const sql = "select price_crypto from crypto_quote where asset_id = 'BTC' order by start_window";
      const { rows } = await askTool<{ rows: unknown[][] }>(client, 'query', { sql });
      assert.deepEqual(rows, [['100.000000000000'], ['101.000000000000']]);
    } finally {
      await client.close();
    }
  });

  it('of an hour are filled by itself when the producer starts, but for the minutes without a trade', async () => {
    const traded = Array.from({ length: 67 }, (_, n) => n - 69).filter((offset) => offset !== -40 && offset !== -39);
    // Nobody traded in one of them: its bar is made from quotes.
    const quoted = -33;
    alpaca.history.set(
      'BTC/USD',
      traded.map((offset) => ({ ...wireBar(at(offset), 150), ...(offset === quoted ? { v: 0, n: 0, vw: 0 } : {}) })),
    );
    alpaca.history.set(
      'LTC/USD',
      traded.map((offset) => wireBar(at(offset), 86)),
    );
    await lake.run('produce', 'quotes');
    const expected = ['BTC/USD', 'LTC/USD'].flatMap((coin) => [
      ...(coin === 'BTC/USD' ? [`${coin} ${at(-71)} ${at(-70)} no trade`] : []),
      `${coin} ${at(-40)} ${at(-38)} no trade`,
      ...(coin === 'BTC/USD' ? [`${coin} ${at(quoted)} ${at(quoted + 1)} quoted`] : []),
    ]);
    const filled = await awaitAnswer(
      async () => (spans(await list('--to', at(-3))).join() === expected.join() ? true : undefined),
      { withinMs: 120_000, everyMs: 1000 },
    );
    assert.ok(filled, spans(await list('--to', at(-3))).join('\n'));
    const [sources] = await lake.query<{ n: number; minutes: number }>(
      `select count(*) as n, count(distinct start_window) as minutes from crypto_db.crypto_quote
       where asset_id = 'BTC' and source = 'alpaca-history'`,
    );
    assert.equal(sources?.n, sources?.minutes);
    assert.ok((sources?.n ?? 0) >= 65, JSON.stringify(sources));
  });

  describe('of a day', () => {
    const bars: WireBar[] = Array.from({ length: 1440 }, (_, n) => wireBar(iso(day + n * minute), 1000 + n)).filter(
      (_, n) => n % 100 !== 7,
    );
    const span = ['--from', iso(day), '--to', iso(day + 1440 * minute), '--coins', 'BTC/USD'];
    const ofDay = `asset_id = 'BTC' and start_window >= timestamptz '${iso(day)}' and start_window < timestamptz '${iso(day + 1440 * minute)}'`;
    const pagesOfDay = () =>
      alpaca.requests.filter(({ query }) => query.get('start')?.startsWith(iso(day).slice(0, 10)) === true);

    const rowsOfDay = async () => {
      const [rows] = await lake.query<{ n: number }>(`select count(*) as n from crypto_db.crypto_quote where ${ofDay}`);
      return rows?.n ?? 0;
    };

    it('are filled by a backfill, which goes on after a kill where it was', async () => {
      alpaca.history.set('BTC/USD', bars);
      alpaca.pageRows = 250;
      alpaca.holds = (_, query) => query.get('page_token') === '750';
      const killed = execa(join(process.cwd(), 'cryptodm'), ['backfill', ...span], {
        cwd: lake.folder,
        env: lake.env,
        reject: false,
        stdin: 'ignore',
        detached: true,
      });
      const held = await awaitAnswer(
        () => (pagesOfDay().some(({ query }) => query.get('page_token') === '750') ? true : undefined),
        { withinMs: 60_000, everyMs: 100 },
      );
      // Pages come sooner than the broker is reached.
      const begun = await awaitAnswer(async () => ((await rowsOfDay()) > 0 ? true : undefined), {
        withinMs: 60_000,
        everyMs: 100,
      });
      // The backfill's producer is in its process group.
      process.kill(-(killed.pid ?? 0), 'SIGKILL');
      if (killed.exitCode === null) await once(killed, 'exit');
      assert.ok(held && begun, 'it did not come to the fourth page');
      await lake.settle();
      const some = await rowsOfDay();
      assert.ok(some <= 750, String(some));

      alpaca.holds = () => false;
      const before = pagesOfDay().length;
      const done = JSON.parse(
        await lake.run('backfill', ...span, '--json').then((out) => out.trim().split('\n').at(-1) ?? ''),
      ) as {
        minutes: number;
        asked: number;
        bars: number;
      };
      assert.deepEqual(done, {
        coins: 1,
        minutes: 1440 - some,
        asked: done.minutes,
        bars: bars.length - some,
        faultyBars: 0,
        faults: [],
        refused: [],
      });
      const first = pagesOfDay()[before]?.query.get('start');
      assert.ok(some < 100 || first !== iso(day), `it started again from the beginning, at ${String(first)}`);
    });

    it('are filled once in table and index, and the minutes without a trade are known', async () => {
      await lake.settle();
      const [rows] = await lake.query<{ n: number; minutes: number; sum: number; sources: number }>(
        `select count(*) as n, count(distinct start_window) as minutes, sum(price_crypto)::double as sum,
           count(distinct source) as sources from crypto_db.crypto_quote where ${ofDay}`,
      );
      assert.deepEqual(rows, {
        n: bars.length,
        minutes: bars.length,
        sum: bars.reduce((sum, { c }) => sum + c, 0),
        sources: 1,
      });
      const documents = [...(await lake.documents()).values()].filter(
        (document) => document['asset_id'] === 'BTC' && document['ref_date'] === iso(day).slice(0, 10),
      );
      assert.equal(documents.length, bars.length);
      const left = await list(...span);
      assert.equal(left.length, 15);
      assert.ok(
        left.every(({ minutes, reason }) => minutes === 1 && reason === 'no trade'),
        JSON.stringify(left),
      );
      assert.equal((await lake.run('backfill', ...span)).trim(), 'Nothing is missing.');
    });
  });

  it('that can’t be filled are reported', async () => {
    const span = ['--from', iso(day - 60 * minute), '--to', iso(day)];
    const away = await lake.try(['backfill', ...span, '--alpaca-url', 'http://127.0.0.1:1']);
    assert.equal(away.code, 6, away.stderr);
    assert.match(away.stderr, /the market’s history can’t be had: .*cannot be reached/);
    const mixed = await lake.try(['backfill', ...span], { env: { CRYPTODM_SOURCE: 'simulate' } });
    assert.deepEqual([mixed.code, /recorded|simulated/.test(mixed.stderr)], [2, true], mixed.stderr);
    assert.equal((await lake.try(['backfill'])).code, 2);
    assert.equal((await lake.try(['backfill', '--from', '2h', '--coins', 'NO/USD'])).code, 2);
  });

  it('of which the source gave a bar that is none are refused, and never without a trade', async () => {
    const from = day - 30 * minute;
    const minuteOf = (n: number) => iso(from + n * minute);
    const good = wireBar(minuteOf(0), 100);
    alpaca.pageRows = 3;
    alpaca.history.set('BTC/USD', [
      good,
      { ...good, t: minuteOf(1), vw: 0 },
      // Its high is below its open: it is taken with the wider range, and its fault is kept.
      { ...good, t: minuteOf(2), o: 101.5 },
      { ...good, t: minuteOf(3), v: 1_500_000_000_000 },
      { ...good, t: minuteOf(4).replace(':00Z', ':07Z') },
      { ...good, t: minuteOf(6), n: '3' as unknown as number },
    ]);
    const span = ['--from', minuteOf(0), '--to', minuteOf(8), '--coins', 'BTC/USD'];
    const done = JSON.parse((await lake.run('backfill', ...span, '--json')).trim().split('\n').at(-1) ?? '') as {
      bars: number;
      faultyBars: number;
      faults: string[];
    };
    assert.deepEqual([done.bars, done.faultyBars], [4, 3], JSON.stringify(done));
    assert.match(done.faults.join('\n'), /taken with the wider range\n.*whole minute.*\n.*trade count 'n'/);
    await lake.settle();
    assert.deepEqual(spans(await list(...span)), [
      `BTC/USD ${minuteOf(4)} ${minuteOf(5)} refused`,
      `BTC/USD ${minuteOf(5)} ${minuteOf(6)} no trade`,
      `BTC/USD ${minuteOf(6)} ${minuteOf(7)} refused`,
      `BTC/USD ${minuteOf(7)} ${minuteOf(8)} no trade`,
    ]);
    const within = `start_window >= timestamptz '${minuteOf(0)}' and start_window < timestamptz '${minuteOf(8)}' and asset_id = 'BTC'`;
    const bars = await lake.query(
      `select cast(high_price as double) as high, cast(volume as double) as volume, vwap is null as bare from crypto_db.crypto_quote where ${within} order by start_window`,
    );
    assert.deepEqual(
      bars,
      [
        [101, 0.5, false],
        [101, 0.5, true],
        [101.5, 0.5, false],
        [101, 1.5e12, false],
      ].map(([high, volume, bare]) => ({ high, volume, bare })),
    );
    const kept = await lake.query<{ reason: string; payload: string }>(
      `select reason, cast(payload as varchar) as payload from crypto_db.bad_record where source = 'alpaca-history' order by "offset"`,
    );
    assert.equal(kept.length, 3);
    assert.ok(kept.every(({ payload }) => payload.includes('BTC/USD')));
    await lake.settleLayers();
    const states = await lake.query<{ state: string }>(
      `select state from crypto_silver.quote_minute where ${within} order by start_window`,
    );
    assert.equal(
      states.map(({ state }) => state).join(' '),
      'traded traded traded traded missing carried missing carried',
    );
  });

  // Last, because the lake starts again. Twenty cuts with more load: "npm run test:long -- power".
  describe('after a power cut', () => {
    it('are the same, as is what was acknowledged long enough before it', async function () {
      if (typeof disk === 'string') {
        skipWithout(this, disk);
        return;
      }
      const span = ['--from', at(-75), '--to', at(-10)];
      const before = spans(await list(...span));
      const report = await new PowerLake(lake, disk, ['--no-produce', '--alpaca-url', alpaca.url]).suffer(4000);
      assert.ok(report.kept > 100, JSON.stringify(report));
      assert.deepEqual(spans(await list(...span)), before);
    });
  });
});
