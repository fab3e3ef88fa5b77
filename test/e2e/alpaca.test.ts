import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { alertOf, unseen } from '../../build/monitoring/prometheus-rules.ts';
import { alarms } from '../../src/lake/alarms.ts';
import type { Snippet } from '../../src/lake/snippet.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { AlpacaDouble, wireBar } from '../support/alpaca.ts';
import { TestLake } from '../support/lake.ts';
import { findPrometheus, PrometheusServer } from '../support/monitoring/prometheus-server.ts';
import { queriesOf } from '../support/monitoring/promql.ts';
import { skipWithout } from '../support/skipping.ts';

const minuteOf = (offset: number) =>
  new Date(Math.floor(Date.now() / 60_000) * 60_000 + offset * 60_000).toISOString().replace('.000Z', 'Z');
const secret = 'PK-not-to-be-seen';

describe('a lake that follows Alpaca', function () {
  this.timeout(180_000);
  let lake: TestLake;
  let alpaca: AlpacaDouble;
  const minute = minuteOf(-3);

  before(async () => {
    alpaca = await AlpacaDouble.open();
    alpaca.latest.set('BTC/USD', wireBar(minute, 108_107.16));
    alpaca.latest.set('LTC/USD', wireBar(minute, 86.5));
    lake = await TestLake.prepare();
    const ran = await lake.try(['up', '--alpaca-url', alpaca.url], {
      env: { APCA_API_KEY_ID: secret, APCA_API_SECRET_KEY: secret, CRYPTODM_QUOTES_POLL: '1s' },
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /quotes from alpaca: it answers/);
  });

  after(async () => {
    await lake.remove();
    await alpaca.close();
  });

  const row = async (at: string) =>
    (
      await lake.query<{ price: number; source: string }>(
        `select price_crypto::double as price, source from crypto_db.crypto_quote where asset_id = 'BTC' and start_window = timestamptz '${at}'`,
      )
    )[0];

  it('shows its prices, and asks for all coins in one request with the keys in headers', async () => {
    assert.deepEqual(await row(minute), { price: 108_107.16, source: 'alpaca' });
    assert.ok(alpaca.requests.some((request) => request.path.endsWith('/latest/bars') && request.key === secret));
  });

  it('is watched by Prometheus with what `open grafana` prints: its rules, and an answer to each query of the dashboard', async function () {
    const programs = await findPrometheus();
    skipWithout(this, typeof programs === 'string' ? programs : undefined);
    if (typeof programs === 'string') return;
    // By the launcher: in this process no package is known, so the paths of its examples would not be whole.
    const opened = await lake.try(['open', 'grafana', '--json']);
    assert.equal(opened.code, 0, opened.stderr);
    const { text } = JSON.parse(opened.stdout) as Snippet;
    const [printed, , pages] = parseAllDocuments(text).map((one) => one.toJS() as unknown) as [
      { scrape_configs: { scrape_interval: string }[] },
      unknown,
      { providers: { options: { path: string } }[] },
    ];
    // The test can't wait for as long as a person can.
    for (const job of printed.scrape_configs) job.scrape_interval = '1s';
    const file = join(lake.folder, 'prometheus.yml');
    writeFileSync(file, stringify(printed));
    const prometheus = await PrometheusServer.start(programs.prometheus, file, lake.folder);
    try {
      const known = alarms.filter((alarm) => alarm.local !== undefined).map(({ id }) => alertOf(id));
      assert.deepEqual(await prometheus.alerts(), [...known, unseen]);
      const queries = queriesOf(readFileSync(pages.providers[0]?.options.path ?? '', 'utf8'));
      const unanswered = await awaitAnswer(
        async () => {
          const answers = await Promise.all(
            queries.map(async (query) => ({ ...query, values: await prometheus.query(query.expression) })),
          );
          for (const { panel, legend, values } of answers)
            for (const { metric } of values)
              for (const label of legend) assert.ok(metric[label] !== undefined, `${panel}: no label ${label}`);
          // Without a problem there is none to show.
          const empty = answers.filter(({ values, metric }) => values.length === 0 && metric !== 'cryptodm_problem');
          return empty.length === 0 ? [] : undefined;
        },
        { withinMs: 60_000, everyMs: 1000 },
      );
      const left = await Promise.all(
        queries.map(async ({ panel, expression }) => ({ panel, values: await prometheus.query(expression) })),
      );
      assert.ok(
        unanswered,
        `without an answer: ${left
          .filter(({ values }) => values.length === 0)
          .map(({ panel }) => panel)
          .join(', ')}`,
      );
      const [build] = await prometheus.query('cryptodm_build_info');
      assert.match(build?.metric['version'] ?? '', /^\d+\.\d+\.\d+/);
    } finally {
      await prometheus.stop();
    }
  });

  it('sends nothing for a bar that repeats, and lives on when it is throttled or refused', async () => {
    alpaca.refusals.push(429, 500, 503);
    const asked = alpaca.requests.length;
    const answered = await awaitAnswer(() => (alpaca.requests.length >= asked + 6 ? true : undefined), {
      withinMs: 60_000,
    });
    assert.ok(answered, 'it stopped asking');
    const status = await lake.status();
    assert.equal(status.producers.find(({ id }) => id === 'quotes')?.acknowledged, 2);
  });

  it('names a source that keeps failing, and a clock that is off, for as long as that lasts', async () => {
    for (const status of [429, 503]) {
      alpaca.failing = status;
      await lake.named('source-failing', new RegExp(`Alpaca answered ${String(status)}`));
      alpaca.failing = undefined;
      await lake.sound();
    }
    for (const clockAheadMs of [180_000, -180_000]) {
      alpaca.clockAheadMs = clockAheadMs;
      await lake.named('clock-off', clockAheadMs > 0 ? /clock is 3 min behind/ : /clock is 3 min ahead/);
    }
    alpaca.clockAheadMs = 0;
    await lake.sound();
    const rows = await lake.query('select 1 from crypto_db.crypto_quote');
    assert.equal(rows.length, 2, 'a bar is what its source says, whatever our clock does');
  });

  it('takes a corrected bar', async () => {
    alpaca.latest.set('BTC/USD', wireBar(minute, 108_000.25));
    const corrected = await awaitAnswer(async () => ((await row(minute))?.price === 108_000.25 ? true : undefined), {
      withinMs: 60_000,
      everyMs: 200,
    });
    assert.ok(corrected, 'the correction did not arrive');
  });

  it('refills from history the minutes that it missed while it was off', async () => {
    await lake.run('produce', 'quotes', '--stop');
    // Minutes that the latest bar has not yet shown to be without a trade.
    const missed = minuteOf(-1);
    const now = minuteOf(0);
    alpaca.history.set('BTC/USD', [wireBar(missed, 1000), wireBar(now, 2000)]);
    alpaca.latest.set('BTC/USD', wireBar(now, 2000));
    await lake.run('up');
    const refilled = await awaitAnswer(async () => row(missed), { withinMs: 60_000, everyMs: 200 });
    assert.deepEqual(refilled, { price: 1000, source: 'alpaca-history' });
  });

  it('takes no recording of its coins as its source: "up" says why at once, and goes back', async () => {
    const file = join(lake.folder, 'btc-usd-1m.csv');
    writeFileSync(file, `open_time,open,high,low,close,volume\n${minute},1,2,1,1.5,4\n`);
    const refused = await lake.try(['up', '--source', `replay:${file}`]);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /producer of quotes is not started: .*BTC\/USD has prices of Alpaca in this lake/);
    assert.match(refused.stderr, /Take a lake of its own for a recording/);
    await lake.named('part-failed', /BTC\/USD has prices of Alpaca/);
    for (const coin of ['BTC/USD', 'LTC/USD']) alpaca.latest.set(coin, wireBar(minuteOf(0), 90.5));
    await lake.run('up', '--source', 'auto');
    await lake.sound();
  });

  it('writes its keys nowhere', () => {
    const files = readdirSync(lake.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of files) {
      const file = join(entry.parentPath, entry.name);
      let content = Buffer.alloc(0);
      try {
        content = readFileSync(file);
      } catch (error) {
        // Jobs remove old checkpoints while the folder is read.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      assert.equal(content.includes(secret), false, file);
    }
    for (const entry of readdirSync('/proc').filter((name) => process.platform === 'linux' && /^\d+$/.test(name))) {
      let args = '';
      try {
        args = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      } catch {
        continue;
      }
      assert.equal(args.includes(secret), false, args);
    }
  });
});
