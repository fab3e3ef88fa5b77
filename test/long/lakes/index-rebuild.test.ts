import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { examineIndex, proveIndexEqual } from '../../support/index-comparison.ts';
import { TestLake } from '../../support/lake.ts';
import { readTopic, sendRaw } from '../../support/topic.ts';

const second = 1000;
const day = 24 * 60;
const coins = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE'];

/** Days of the past, which do not change any more. */
const days = 4;
const begin = Date.UTC(2024, 4, 1);

interface Event {
  event: string;
  text?: string;
}

describe('an index that is rebuilt under load', function () {
  this.timeout(600 * second);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare({ CRYPTODM_QUOTES_RATE: '50' });
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,ETH/USD,SOL/USD');
    for (const coin of coins) {
      const pair = `${coin}/USD`;
      for (let at = 0; at < days; at += 1) {
        const records = Array.from({ length: day }, (_, minute) => {
          const t = new Date(begin + (at * day + minute) * 60_000).toISOString().replace('.000Z', 'Z');
          const bar = { o: 7, h: 9, l: 6, c: 7 + (minute % 100) / 100, v: 1, n: 1, vw: 7, t };
          return { key: pair, value: JSON.stringify({ bars: { [pair]: bar } }), headers: { source: 'replay' } };
        });
        await sendRaw(lake.broker, 'coinbase-currencies', records);
      }
    }
    const there = async () => ((await pastDocuments()) === coins.length * days * day ? true : undefined);
    assert.ok(await awaitAnswer(there, { withinMs: 120 * second, everyMs: 500 }));
  });
  after(() => lake.remove());

  /** Documents of the past days, asked by a name; at once again where the index was replaced while the node looked. */
  async function pastDocuments(name = 'crypto_quote'): Promise<number> {
    const ask = () =>
      lake.askSearch(`/${name}/_count`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: { range: { start_window: { lt: '2024-06-01T00:00:00Z' } } } }),
      });
    const first = await ask();
    const response = first.status === 503 ? await ask() : first;
    assert.equal(response.status, 200, `${name}: ${await response.clone().text()}`);
    return ((await response.json()) as { count: number }).count;
  }

  /** Runs a rebuild and kills it when it says this. @returns whether it was killed */
  async function rebuildUntil(word: RegExp, afterMs = 0): Promise<boolean> {
    const args = ['index', 'rebuild', '--json', '--verbose'];
    const running = execa(join(process.cwd(), 'cryptodm'), args, {
      env: lake.env,
      cwd: lake.folder,
      reject: false,
      stdin: 'ignore',
    });
    let killed = false;
    const look = (line: string) => {
      if (killed || !word.test((safely(line)?.text ?? '') + (safely(line)?.event ?? ''))) return;
      killed = true;
      setTimeout(() => running.kill('SIGKILL'), afterMs);
    };
    for (const stream of [running.stdout, running.stderr]) createInterface({ input: stream }).on('line', look);
    const ended = await running;
    if (!killed) assert.equal(ended.exitCode, 0, `${ended.stdout}\n${ended.stderr}`);
    return killed;
  }

  function safely(line: string): Event | undefined {
    try {
      return JSON.parse(line) as Event;
    } catch {
      return { event: line };
    }
  }

  it('answers by both names throughout, whenever the rebuild is killed, and is what the table is in the end', async () => {
    const over = new AbortController();
    let asked = 0;
    const whole = coins.length * days * day;
    const asking = (async () => {
      while (!over.signal.aborted) {
        for (const name of ['crypto_quote', 'CRYPTO_QUOTE']) assert.equal(await pastDocuments(name), whole, name);
        asked += 1;
      }
    })();
    const kills: [RegExp, number][] = [
      [/reading the table/, 0],
      [/reading the table/, 1500],
      [/is begun/, 0],
      [/[1-9]\d* of \d+ rows/, 0],
      [/goes on where/, 100],
      [/answers now/, 0],
      [/reading the table/, 2500],
    ];
    let killed = 0;
    try {
      for (const [word, afterMs] of kills) {
        await Promise.race([asking, rebuildUntil(word, afterMs).then((its) => (killed += its ? 1 : 0))]);
      }
      await lake.run('index', 'rebuild');
    } finally {
      over.abort();
      await asking;
    }
    assert.ok(killed >= 4 && asked > 50, `${String(killed)} kills, ${String(asked)} questions`);
    const aliases = Object.keys((await (await lake.askSearch('/_alias/CRYPTO_QUOTE')).json()) as object);
    assert.match(aliases.join(), /^crypto_quote-\d+$/);
    await lake.sound('index-filling');
  });

  it('is named by "doctor" when a document is missing or not what the table holds, and right after a rebuild', async () => {
    await lake.run('produce', '--stop');
    await lake.settle();
    assert.ok((await proveIndexEqual(lake)) > coins.length * days * day);
    assert.equal((await examineIndex(lake)).state, 'ok');
    const write = async (method: string, path: string, body?: object) => {
      const response = await lake.askSearch(path, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      assert.ok(response.ok, await response.text());
    };
    await write(
      'DELETE',
      '/crypto_quote/_doc/AAA-USD-2024-05-02T10:00:00Z?refresh=true&version=9000000000000000&version_type=external',
    );
    const id = 'BBB-USD-2024-05-03T11:00:00Z';
    const document = (await lake.documents({ ids: { values: [id] } })).get(id);
    const path = `/crypto_quote/_doc/${id}?refresh=true&version=9000000000000000&version_type=external`;
    await write('PUT', path, { ...document, price_crypto: 1000 });
    const found = await examineIndex(lake);
    assert.equal(found.state, 'fault');
    assert.match(found.found, /1 rows of the table are missing, 1 documents are not what the table holds/);
    await lake.run('index', 'rebuild');
    await proveIndexEqual(lake);
    assert.equal((await examineIndex(lake)).state, 'ok');
    assert.equal((await readTopic(lake.broker, 'coinbase-bad-records')).length, 0);
  });

  it('may be an alias for everything else: "up", "status", the dashboard, an index that is deleted again, "down"', async () => {
    await lake.run('up', '--no-produce');
    await lake.sound();
    const [name] = Object.keys((await (await lake.askSearch('/_alias/crypto_quote')).json()) as object);
    const prices = (await (await lake.askDashboard('/api/prices')).json()) as { prices: unknown[] };
    assert.ok(prices.prices.length > 0);
    await lake.askSearch(`/${name ?? ''}`, { method: 'DELETE' });
    await lake.named('index-missing');
    await lake.run('up', '--no-produce');
    const full = async () => ((await lake.status()).problems.length === 0 ? true : undefined);
    assert.ok(await awaitAnswer(full, { withinMs: 120 * second, everyMs: 500 }));
    await proveIndexEqual(lake);
    await lake.run('down', '--keep-data', '--yes');
    await lake.run('up', '--no-produce');
    await lake.sound();
    await proveIndexEqual(lake);
  });
});
