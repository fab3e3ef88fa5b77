import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, identify, signalGroup } from '../../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { malformedHeader, proveComplete } from '../../support/completeness.ts';
import { TestLake } from '../../support/lake.ts';
import { labelled, parseExposition } from '../../support/prometheus.ts';
import { sendRaw, type Sent } from '../../support/topic.ts';
import { WebhookReceiver, webhookSecret } from '../../support/webhook.ts';

const second = 1000;

/** How long a part is away, in seconds. The required times are `CRYPTODM_TEST_AWAY=300` for the broker and 3600 for the sleep. */
const awayMs = Number(process.env['CRYPTODM_TEST_AWAY'] ?? 20) * second;
/** Longer than the allowed silence of a process after a sleep. */
const asleepMs = Math.max(50 * second, awayMs);

const bar = (fields: string) => `{"bars":{"BTC/USD":{${fields}}}}`;
const fields = (more: string) => `"o":10,"h":11,"l":9,"v":1,"n":1,"t":"2025-07-08T05:43:00Z",${more}`;

/** Malformed records, with the reason that the lake must store. */
const malformed: { name: string; value: string | Buffer; reason: RegExp }[] = [
  { name: 'a price of zero', value: bar(fields('"c":0')), reason: /price 'c' must be above 0 but is 0/ },
  { name: 'NaN', value: bar(fields('"c":NaN')), reason: /price 'c' must be a number but is NaN/ },
  {
    name: 'a negative volume',
    value: bar(fields('"c":10').replace('"v":1', '"v":-1')),
    reason: /volume 'v' must not be below 0 but is -1/,
  },
  {
    name: 'a time far in the future',
    value: bar(fields('"c":10').replace('2025', '2225')),
    reason: /more than one day after the record's own time/,
  },
  {
    name: 'a megabyte',
    value: `{"bars":{"BTC/USD":"${'x'.repeat(1_000_000)}"}}`,
    reason: /must be an object but is a string/,
  },
  { name: 'no UTF-8', value: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x80, 0x22, 0x3a]), reason: /^not JSON: / },
  { name: 'deep JSON', value: `{"bars":${'['.repeat(5000)}${']'.repeat(5000)}}`, reason: /^not JSON: .*depth/i },
];

/** Takes minutes: an alarm fires only after a condition has lasted, a silent process is borne for a minute, and a sleep must outlast that. */
describe('a lake under bad conditions', function () {
  this.timeout(300 * second + 2 * awayMs);
  let lake: TestLake;
  let receiver: WebhookReceiver;

  before(async () => {
    receiver = await WebhookReceiver.open();
    lake = await TestLake.prepare({ CRYPTODM_ALERTS_WEBHOOK: receiver.url });
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,LTC/USD,ETH/USD,SOL/USD');
    assert.deepEqual((await lake.status()).problems, [], 'a freshly raised lake');
    await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '50');
    await lake.run('produce', 'trades', '--rate', '20');
  });

  after(async () => {
    await lake.remove();
    receiver.close();
  });

  it('bad records: each is kept with its payload and reason, named, and stops nothing', async () => {
    const records = malformed.map(({ name, value }): Sent => ({
      key: name,
      value,
      headers: { [malformedHeader]: name },
    }));
    await sendRaw(lake.broker, 'coinbase-currencies', records);
    const kept = await awaitAnswer(
      async () => {
        const rows = await lake.query<{ name: string; reason: string; size: number; hash: string }>(
          `select decode(record_key) as name, reason, octet_length(payload) as size, md5(payload) as hash from crypto_db.bad_record`,
        );
        return rows.length >= malformed.length ? rows : undefined;
      },
      { withinMs: 60 * second, everyMs: 500 },
    );
    assert.ok(kept);
    assert.equal(kept.length, malformed.length);
    const { createHash } = await import('node:crypto');
    for (const { name, value, reason } of malformed) {
      const row: (typeof kept)[number] | undefined = kept.find((candidate) => candidate.name === name);
      assert.ok(row, name);
      assert.match(row.reason, reason);
      assert.equal(row.hash, createHash('md5').update(value).digest('hex'), name);
    }
    const problem = await lake.named('bad-records');
    assert.match(problem.what, /^7 bad records since quotes → Iceberg was started/);
    const status = await lake.sound('bad-records');
    assert.equal(status.state, 'up');
    const told = await receiver.await('bad-records firing');
    assert.ok(told, receiver.told.join());
    assert.match(told.commonAnnotations['description'] ?? '', /^7 bad records since quotes → Iceberg/);
    const alarm = (await lake.status()).alarms.find(({ id }) => id === 'bad-records');
    assert.deepEqual([alarm?.state, alarm?.severity], ['firing', 'warning']);
    assert.match(await lake.run('status'), /^alarm bad-records \(warning\): records are malformed or lost/m);
  });

  it('metrics say what status says', async () => {
    const before = await lake.status();
    const metrics = parseExposition(`${await lake.run('metrics')}\n`);
    const served = await lake.askDashboard('/metrics');
    assert.equal(served.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.deepEqual([...parseExposition(await served.text()).keys()].sort(), [...metrics.keys()].sort());
    const after = await lake.status();
    const value = (name: string, labels: Record<string, string> = {}) =>
      metrics.get(`cryptodm_${name}`)?.values.get(labelled(labels));
    const within = (name: string, labels: Record<string, string>, least = NaN, most = NaN) => {
      const found = value(name, labels);
      assert.ok(
        found !== undefined && least <= found && found <= most,
        `${name}: ${String(found)} of ${String([least, most])}`,
      );
    };
    assert.equal(value('lake_state', { state: 'up' }), 1);
    assert.equal(value('alarm_firing', { alarm: 'bad-records', severity: 'warning' }), 1);
    assert.equal(value('alarm_firing', { alarm: 'part-down', severity: 'critical' }), 0);
    for (const { id } of before.parts) assert.equal(value('part_up', { part: id }), 1, id);
    for (const [at, { id, rows, batches, badRecords }] of before.jobs.entries()) {
      within('job_rows_total', { job: id }, rows, after.jobs[at]?.rows);
      within('job_batches_total', { job: id }, batches, after.jobs[at]?.batches);
      assert.equal(value('job_bad_records_total', { job: id }), badRecords);
    }
    for (const [at, { id, source, acknowledged }] of before.producers.entries()) {
      const most = after.producers[at]?.acknowledged;
      within('producer_acknowledged_records_total', { producer: id, source }, acknowledged, most);
    }
    for (const [at, { name, rows }] of before.tables.entries()) {
      within('table_rows', { table: name }, rows, after.tables[at]?.rows);
    }
    within('index_documents', {}, before.documents, after.documents);
  });

  it('Elasticsearch refuses writes: reported, harmless, and over by itself', async () => {
    for (const block of ['read_only_allow_delete', 'write']) {
      await underBlock(lake, block, async () => {
        const problem = await lake.named('search-read-only');
        assert.match(problem.what, /Elasticsearch takes no writes: /);
        const retrying = await lake.named('job-retrying');
        assert.equal(retrying.part, 'quotes-elasticsearch');
        if (block === 'write') assert.ok(await receiver.await('data-stale firing', 120 * second), receiver.told.join());
      });
      await lake.sound('bad-records');
    }
    assert.ok(await receiver.await('data-stale resolved', 90 * second), receiver.told.join());
  });

  it('Kafka is unreachable: reported, no part is restarted, and everything goes on', async () => {
    const before = await pids(lake);
    const kafka = await lake.pidOf('kafka');
    const paused = Date.now();
    signalGroup(kafka, 'SIGSTOP');
    try {
      await lake.named('kafka-unreachable');
      const waiting = await lake.named('producer-waiting');
      assert.match(waiting.what, /waiting for Kafka/);
      const told = await receiver.await('part-down firing', 90 * second);
      assert.ok(told, receiver.told.join());
      assert.equal(told.commonLabels['severity'], 'critical');
      await pause(Math.max(0, paused + awayMs - Date.now()));
    } finally {
      signalGroup(kafka, 'SIGCONT');
    }
    await lake.sound('bad-records', 'data-late');
    assert.deepEqual(await pids(lake), before);
    assert.ok(await receiver.await('part-down resolved', 90 * second), receiver.told.join());
  });

  it('the machine sleeps: no false alarm when it wakes, and no part is started again', async () => {
    const status = await lake.status();
    assert.ok(status.resident);
    // As in a real sleep, the supervisor stops, too.
    const told = receiver.told.length;
    const all = [status.resident.pid, ...status.parts.map((part) => part.pid ?? 0)];
    const before = await pids(lake);
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    await pause(asleepMs);
    for (const pid of all.reverse()) process.kill(pid, 'SIGCONT');
    const woken = Date.now();
    for (;;) {
      await pause(250);
      const awake = await lake.status();
      const alarms = awake.problems.filter((problem) => !['bad-records', 'data-late'].includes(problem.id));
      assert.deepEqual(alarms, [], `${String(Date.now() - woken)} ms after waking`);
      if (Date.now() - woken > 15 * second && awake.jobs.every((job) => job.lag !== undefined && job.lag < 500)) break;
    }
    assert.deepEqual(await pids(lake), before);
    assert.deepEqual(receiver.told.slice(told), []);
  });

  it('a process that is alive but does nothing is detected and started again', async () => {
    const stalled = identify(await lake.pidOf('spark'));
    assert.ok(stalled);
    process.kill(stalled.pid, 'SIGSTOP');
    try {
      const problem = await lake.named('part-restarted', /./, 150 * second);
      assert.match(problem.what, /nothing heard for \d+ s/);
      assert.equal(problem.part, 'spark');
      assert.equal(isAlive(stalled), false);
    } finally {
      if (isAlive(stalled)) process.kill(stalled.pid, 'SIGCONT');
    }
    await lake.sound('bad-records', 'data-late', 'part-restarted');
    assert.ok(await receiver.await('part-restarting firing'), receiver.told.join());
  });

  it('"up" waits for a broker that was killed often in a long life', async () => {
    for (let kills = 0; kills < 3; kills++) {
      const killed = identify(await lake.pidOf('kafka'));
      assert.ok(killed);
      process.kill(killed.pid, 'SIGKILL');
      const another = await awaitAnswer(
        async () => {
          const pid = (await lake.status()).parts.find(({ id }) => id === 'kafka')?.pid;
          return pid !== undefined && pid !== killed.pid ? pid : undefined;
        },
        { withinMs: 60 * second, everyMs: 50 },
      );
      assert.ok(another, 'Kafka was not started again');
    }
    await lake.run('up');
  });

  it('has lost and duplicated nothing', async () => {
    await lake.run('produce', '--stop');
    await proveComplete(lake);
    const bad = await lake.query<{ n: number }>('select count(*) as n from crypto_db.bad_record');
    assert.equal(Number(bad[0]?.n), malformed.length);
    await lake.sound('bad-records', 'part-restarted');
  });

  it('each alarm was sent once at its start and end, and no file of ours contains the address', async () => {
    // The process that counted the bad records has ended.
    assert.ok(await receiver.await('bad-records resolved', 120 * second), receiver.told.join());
    for (const alarm of ['bad-records', 'part-down', 'data-stale']) {
      const told = receiver.told.filter((one) => one.startsWith(`${alarm} `));
      assert.ok(
        told.every((one, at) => one.endsWith(at % 2 === 0 ? 'firing' : 'resolved')),
        receiver.told.join(),
      );
    }
    const ids = receiver.taken.map(({ status, alerts: [alert] }) => [status, alert.fingerprint, alert.startsAt].join());
    assert.equal(new Set(ids).size, ids.length, 'something was sent twice');
    assert.deepEqual(filesThatHold(lake.data, webhookSecret), []);
  });
});

/** Our files below a folder that contain a text; not those of the servers. */
function filesThatHold(folder: string, text: string): string[] {
  const own = ['run', 'logs', 'warehouse', 'journal.json'];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    own.includes(name.split(sep)[0] ?? ''),
  );
  return files.filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

async function pids(lake: TestLake): Promise<[string, number | undefined][]> {
  return (await lake.status()).parts.map((part) => [part.id, part.pid]);
}

/** Sets the index block again and again: a node without disk thresholds removes `read_only_allow_delete` every 30 s. */
async function underBlock(lake: TestLake, block: string, act: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const holding = (async () => {
    while (!over.signal.aborted) {
      await setBlock(lake, block, true);
      await pause(second, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  try {
    await Promise.race([act(), holding]);
  } finally {
    over.abort();
    await holding;
    await setBlock(lake, block, null);
  }
}

async function setBlock(lake: TestLake, block: string, value: true | null): Promise<void> {
  const response = await lake.askSearch('/crypto_quote/_settings', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ [`index.blocks.${block}`]: value }),
  });
  assert.equal(response.status, 200, await response.text());
}
