import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOwnProcesses } from '../../../src/local/supervisor/marks.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { readSupervisor } from '../../../src/local/supervisor/parts.ts';
import type { LakeStatus } from '../../../src/local/status/model.ts';
import { TestLake } from '../../support/lake.ts';
import { Proxy } from '../../support/proxy.ts';
import { readTopic, sendRaw } from '../../support/topic.ts';

const bar = (minute: number, price: number) => ({
  key: 'BTC/USD',
  value: JSON.stringify({
    bars: {
      'BTC/USD': { t: `2025-07-08T${time(minute)}:00Z`, o: price, h: price, l: price, c: price, v: 1, n: 1, vw: price },
    },
  }),
  headers: { source: 'replay' },
});
const time = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Address of a part by its first port, which may be another one than the settings say. */
const portOf = (status: LakeStatus, part: string) => status.parts.find(({ id }) => id === part)?.ports[0] ?? 0;

async function sharingPorts(count: number): Promise<TestLake[]> {
  const first = await TestLake.prepare();
  const ports = Object.fromEntries(Object.entries(first.env).filter(([name]) => name.startsWith('CRYPTODM_PORTS_')));
  const others = Array.from({ length: count - 1 }, () => TestLake.prepare(ports));
  return [first, ...(await Promise.all(others))];
}

for (const count of [2, 4]) {
  describe(`${String(count)} lakes that are raised at the same second with "up --any-port"`, function () {
    this.timeout(900_000);
    let lakes: TestLake[] = [];

    afterEach(async () => {
      await Promise.all(lakes.map((lake) => lake.remove()));
    });

    for (const round of [1, 2, 3]) {
      it(`each have parts of their own, and none has the others’ data (${String(round)} of 3)`, async () => {
        lakes = await sharingPorts(count);
        const [first] = lakes;
        assert.ok(first);
        await Promise.all(
          lakes.map((lake, at) =>
            at === 0
              ? lake.run('up', '--any-port', '--no-produce')
              : lake.run('up', '--any-port', '--source', 'simulate', '--coins', 'ETH/USD'),
          ),
        );
        const statuses = await Promise.all(lakes.map((lake) => lake.sound('part-restarted', 'data-late')));
        const ports = statuses.flatMap(({ parts }) => parts.flatMap((part) => part.ports));
        assert.equal(new Set(ports).size, 4 * count, ports.join(' '));
        const ids = await Promise.all(
          statuses.map(async (status) => {
            const root = await fetch(`http://127.0.0.1:${String(portOf(status, 'elasticsearch'))}/`);
            return ((await root.json()) as { lake: string }).lake;
          }),
        );
        assert.equal(new Set(ids).size, count);
        await first.run('trade', 'buy', 'BTC', '1');
        await first.settle();
        assert.deepEqual(await first.query('select distinct source from crypto_db.crypto_trader'), [
          { source: 'user' },
        ]);
        assert.deepEqual(await first.query('select count(*) as n from crypto_db.crypto_quote'), [{ n: 0 }]);
        assert.equal((await first.status()).documents, 0);
        for (const other of lakes.slice(1)) {
          const [row] = await other.query<{ n: number }>(
            "select count(*) as n from crypto_db.crypto_trader where source = 'user'",
          );
          assert.equal(Number(row?.n), 0);
          assert.ok(((await other.status()).documents ?? 0) > 0);
        }
        for (const lake of lakes) {
          await lake.run('down', '--yes');
          assert.equal(existsSync(lake.data), false);
        }
      });
    }
  });
}

describe('a lake whose port another process has taken', function () {
  this.timeout(600_000);
  let [own, other]: TestLake[] = [];
  const lake = () => own as TestLake;
  const neighbour = () => other as TestLake;
  let proxy: Proxy | undefined;

  before(async () => {
    own = await TestLake.prepare();
    other = await TestLake.prepare();
    await own.run('up', '--no-produce');
    await other.run('up', '--no-produce');
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
  });
  after(async () => {
    await own?.remove();
    await other?.remove();
  });

  /** Kills a part and leads its port to that of the other lake before it is started again. */
  async function usurp(part: string): Promise<void> {
    const port = portOf(await lake().status(), part);
    const target = portOf(await neighbour().status(), part);
    const pid = await lake().pidOf(part);
    const waiting = Proxy.onceFree(port, target);
    process.kill(pid, 'SIGKILL');
    proxy = await waiting;
  }

  it('writes no document into the other lake’s index: its job waits, and the documents follow', async () => {
    await usurp('elasticsearch');
    await sendRaw(
      lake().broker,
      'coinbase-currencies',
      Array.from({ length: 440 }, (_, at) => bar(at, 100 + at)),
    );
    const problem = await lake().named('part-foreign');
    assert.match(problem.what, /is held by .* \(pid \d+\), which is not of this lake: nothing is written there/);
    await lake().named('job-retrying', /is not the Elasticsearch of this lake/);
    assert.equal((await neighbour().documents()).size, 0);
    const failed = await lake().try(['up', '--no-produce']);
    assert.equal(failed.code, 4);
    assert.match(failed.stderr, /port \d+ .* is taken by .*\(pid \d+\)/);
    await proxy?.close();
    proxy = undefined;
    await lake().run('up', '--no-produce');
    await lake().settle();
    assert.equal((await lake().documents()).size, 440);
    assert.equal((await neighbour().documents()).size, 0);
  });

  it('sends the other lake’s broker nothing and reads nothing from it', async () => {
    await sendRaw(
      neighbour().broker,
      'coinbase-currencies',
      Array.from({ length: 900 }, (_, at) => bar(at, 7)),
    );
    await neighbour().settle();
    await usurp('kafka');
    await lake().named('part-foreign', /Kafka/);
    const ran = await lake().try(['trade', 'buy', 'BTC', '1']);
    assert.equal(ran.code, 5, ran.stderr);
    await lake().named('job-retrying', /is not the Kafka of this lake/);
    await proxy?.close();
    proxy = undefined;
    await lake().run('up', '--no-produce');
    await lake().run('trade', 'buy', 'BTC', '1');
    const status = await lake().settle();
    assert.equal(status.state, 'up', JSON.stringify(status.problems));
    assert.equal((await readTopic(neighbour().broker, 'coinbase-trades')).length, 0);
    const [rows] = await lake().query<Record<string, number>>(
      'select count(*) as n, count(*) filter (where price_crypto = 7) as foreign_rows from crypto_db.crypto_quote',
    );
    assert.deepEqual([Number(rows?.['n']), Number(rows?.['foreign_rows'])], [440, 0]);
  });

  it('is moved to other ports by "up --any-port", and its documents follow', async () => {
    await usurp('elasticsearch');
    await lake().named('part-foreign');
    await sendRaw(lake().broker, 'coinbase-currencies', [bar(1000, 5)]);
    await lake().run('up', '--no-produce', '--any-port');
    await lake().settle();
    assert.equal((await lake().status()).documents, 441);
    assert.equal(
      portOf(await neighbour().status(), 'elasticsearch'),
      Number(neighbour().env['CRYPTODM_PORTS_ELASTICSEARCH']),
    );
  });

  it('goes with "down" while the other process still has its port: that one is neither blamed nor waited for', async () => {
    await usurp('dashboard');
    await lake().named('part-foreign', /dashboard/);
    const begun = Date.now();
    const ran = await lake().try(['down', '--yes']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(Date.now() - begun < 120_000);
    assert.equal(existsSync(lake().data), false);
    assert.equal((await neighbour().status()).state, 'up');
  });
});

describe('a lake that has lost its files', function () {
  this.timeout(600_000);
  let lake: TestLake;
  const parts = () => join(lake.data, 'run', 'parts.json');

  before(async () => {
    lake = await TestLake.prepare();
    await lake.run('up', '--no-produce');
  });
  after(async () => {
    await lake.remove();
  });

  it('each file of it may be empty while the lake is down: status, doctor and "up" name it, and "up" writes it again', async () => {
    await lake.run('trade', 'buy', 'BTC', '1');
    await lake.settle();
    await lake.halt();
    const files = [
      'journal.json',
      ...readdirSync(join(lake.data, 'run'))
        .filter((name) => name.endsWith('.json'))
        .map((name) => `run/${name}`),
    ];
    assert.ok(files.length > 8, files.join(' '));
    for (const name of [...files, 'warehouse/alarms.json', 'warehouse/schedules.json'])
      writeFileSync(join(lake.data, name), '');
    const status = await lake.try(['status']);
    const doctor = await lake.try(['doctor']);
    for (const name of files) {
      const said = new RegExp(`${name.replaceAll('.', '\\.')} is empty: it held`);
      assert.match(status.stdout, said, name);
      assert.match(`${doctor.stdout}${doctor.stderr}`, said, name);
    }
    assert.ok(!`${status.stderr}${doctor.stderr}`.includes('fault of cryptodm itself'));
    const up = await lake.try(['up', '--no-produce']);
    assert.equal(up.code, 0, up.stderr);
    assert.match(
      `${up.stdout}${up.stderr}`,
      /parts\.json is empty: it held which processes the lake has. It is written again/,
    );
    const sound = await lake.sound('part-restarted');
    assert.deepEqual(sound.damaged, []);
    await lake.settle();
    assert.deepEqual(await lake.query('select count(*) as n from crypto_db.crypto_trader'), [{ n: 1 }]);
  });

  it('run and journal may go under it: "up" takes its parts over, and every row is there', async () => {
    rmSync(join(lake.data, 'run'), { recursive: true });
    rmSync(join(lake.data, 'journal.json'));
    const found = await awaitAnswer(
      async () => {
        const status = await lake.status();
        return status.state === 'down' ? undefined : status;
      },
      { withinMs: 30_000, everyMs: 250 },
    );
    assert.equal(found?.state, 'degraded');
    await lake.run('up', '--no-produce');
    await lake.sound('part-restarted');
    await lake.settle();
    assert.deepEqual(await lake.query('select count(*) as n from crypto_db.crypto_trader'), [{ n: 1 }]);
  });

  it('also with the supervisor dead: status and doctor find the processes, "down" ends them and leaves nothing', async () => {
    const supervisor = readSupervisor(join(lake.data, 'run', 'supervisor.json'));
    assert.ok(supervisor);
    process.kill(supervisor.pid, 'SIGKILL');
    rmSync(join(lake.data, 'run'), { recursive: true });
    rmSync(join(lake.data, 'journal.json'));
    const problem = await lake.named('process-unknown');
    assert.match(problem.what, /kafka \(pid \d+\)/);
    const doctor = await lake.try(['doctor']);
    assert.match(`${doctor.stdout}${doctor.stderr}`, /kafka of this lake, which no file names/);
    const own = findOwnProcesses(parts());
    assert.ok(own.length >= 4);
    const down = await lake.try(['down', '--yes']);
    assert.equal(down.code, 0, down.stderr);
    assert.deepEqual(findOwnProcesses(parts()), []);
    assert.equal(existsSync(lake.data), false);
  });
});

describe('a lake in a folder with an odd name', function () {
  this.timeout(300_000);

  for (const name of ['lake données 🪙', 'my lake', 'two  spaces', '50%off', `it's $HOME & (more); ~x=1 @!+:`]) {
    it(`"${name}", whatever the locale: it works, and nothing is left beside it`, async () => {
      const lake = await TestLake.prepare();
      const data = join(lake.folder, name);
      const env = { CRYPTODM_PATHS_DATA: data, LC_ALL: 'C', LANG: 'C' };
      try {
        const up = await lake.try(['up', '--source', 'simulate', '--coins', 'BTC/USD'], { env });
        assert.equal(up.code, 0, `${up.stdout}\n${up.stderr}`);
        const trade = await lake.try(['trade', 'buy', 'BTC', '1'], { env });
        assert.equal(trade.code, 0, trade.stderr);
        const count = async () => {
          const sql = "select count(*) filter (where source = 'user') as n from crypto_db.crypto_trader";
          const { stdout } = await lake.try(['query', sql, '--format', 'json'], { env });
          return Number((JSON.parse(stdout) as { n: number }[])[0]?.n) === 1 ? true : undefined;
        };
        assert.ok(await awaitAnswer(count, { withinMs: 60_000, everyMs: 500 }));
        const optimized = await lake.try(['optimize-iceberg'], { env });
        assert.equal(optimized.code, 0, optimized.stderr);
        assert.deepEqual(readdirSync(lake.folder), [name]);
      } finally {
        const down = await lake.try(['down', '--yes'], { env });
        assert.equal(down.code, 0, down.stderr);
        assert.deepEqual(readdirSync(lake.folder), []);
        await lake.remove();
      }
    });
  }

  it('is refused before anything is made where a server would read the name otherwise', async () => {
    const lake = await TestLake.prepare();
    try {
      for (const name of ['a?b', 'a,b', 'a"b', 'a\nb']) {
        const ran = await lake.try(['up'], { env: { CRYPTODM_PATHS_DATA: join(lake.folder, name) } });
        assert.equal(ran.code, 4, ran.stderr);
        assert.match(ran.stderr, /the servers can't work in a folder with/);
      }
      assert.deepEqual(readdirSync(lake.folder), []);
    } finally {
      await lake.remove();
    }
  });
});
