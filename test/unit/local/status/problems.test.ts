import assert from 'node:assert/strict';
import { isMinor, nameProblems } from '../../../../src/local/status/problems.ts';
import type { Found } from '../../../../src/local/status/model.ts';
import type { Problem } from '../../../../src/lake/alarms.ts';
import type { IndexCondition } from '../../../../src/local/status/conditions.ts';
import type { PartStatus } from '../../../../src/local/status/model.ts';
import { ago, found, job, now, part, producer } from '../../../support/status.ts';

const ids = (status: Found): string[] => nameProblems(status, now).map((problem) => problem.id);
const only = (status: Found): Problem => {
  const problems = nameProblems(status, now);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0] as Problem;
};
const conditions = (more: Partial<Found['conditions']>) => found({ conditions: { ...found().conditions, ...more } });

describe('the problems of a lake', () => {
  it('are none for one that is sound, freshly raised, idle, without producers, ended or never raised', () => {
    const fresh = ['kafka', 'elasticsearch', 'spark'].map((id) => part(id, { since: ago(2) }));
    const silent = { answers: false, blocks: [], red: true };
    for (const sound of [
      found(),
      found({
        parts: fresh,
        jobs: [job({ state: 'starting', heardAt: undefined, since: undefined, lag: undefined })],
        producers: [],
        conditions: { ...found().conditions, brokerAnswers: false, search: silent },
      }),
      // What an earlier process wrote an hour ago.
      found({ parts: fresh, jobs: [job({ heardAt: ago(3600) })], producers: [] }),
      found({ jobs: [job({ lag: 1, visibleAt: ago(7200), waitingSince: ago(3) })], producers: [] }),
      found({ parts: [...fresh, part('producer-quotes', { state: 'ended' })], producers: [] }),
      found({ parts: [], resident: undefined, jobs: [], producers: [] }),
      found({ conditions: { disk: undefined, brokerAnswers: undefined, search: undefined } }),
    ]) {
      assert.deepEqual(nameProblems(sound, now), []);
    }
  });

  it('do not blame anybody for the sleep of the machine', () => {
    const asleep = {
      jobs: [job({ heardAt: ago(3600), visibleAt: ago(3605) })],
      producers: [producer({ at: ago(3600) })],
    };
    const supervisor = { pid: 1, since: ago(7200), memoryBytes: 1, wokeAt: ago(8) };
    const parts = found().parts.map((one) => ({ ...one, since: ago(7200) }));
    assert.deepEqual(ids(found({ ...asleep, parts, resident: supervisor })), []);
    const later = { ...supervisor, wokeAt: ago(100) };
    assert.deepEqual(ids(found({ ...asleep, parts, resident: later })), ['part-silent', 'part-silent']);
  });

  it('name a disk that the tables will fill, and nothing of a disk that is large enough', () => {
    const market = (free: number) =>
      found({
        conditions: { ...found().conditions, disk: { free, total: 250e9 } },
        tables: [
          {
            ...{ name: 'crypto_db.market_trade', rows: 9, files: 1, deletes: 0, snapshots: 1, bytes: 1e9 },
            ...{ growth: { rowsPerSecond: 1000, bytesPerRow: 60 }, keptDays: 30 },
          },
        ],
      });
    const short = only(market(52e9));
    assert.equal(short.id, 'disk-short');
    assert.ok(isMinor(short));
    assert.match(
      short.what,
      /^the disk of \/lake will be full in about 10 days: 52\.0 GB are free; crypto_db\.market_trade of 30 days will take about 197\.0 GB/,
    );
    assert.match(short.next, /"market\.keep"/);
    assert.deepEqual(ids(market(200e9)), []);
    assert.deepEqual(ids(market(500e6)), ['disk-filling']);
    assert.deepEqual(ids(found({ tables: market(1e9).tables.map((table) => ({ ...table, growth: undefined })) })), []);
  });

  it('name a disk that fills and one that is full', () => {
    const filling = only(conditions({ disk: { free: 500e6, total: 250e9 } }));
    assert.equal(filling.id, 'disk-filling');
    assert.ok(isMinor(filling));
    const full = only(conditions({ disk: { free: 3e6, total: 250e9 } }));
    assert.equal(full.id, 'disk-full');
    assert.match(full.what, /\/lake is full: 3 MB are left/);
    assert.ok(!isMinor(full));
  });

  it('name a broker and a search that are away, refuse writes or lost a shard', () => {
    assert.equal(only(conditions({ brokerAnswers: false })).id, 'kafka-unreachable');
    assert.equal(only(conditions({ search: { answers: false, blocks: [], red: false } })).id, 'search-unreachable');
    const blocked = only(conditions({ search: { answers: true, blocks: ['index write (api)'], red: false } }));
    assert.deepEqual(
      [blocked.id, blocked.what],
      ['search-read-only', 'Elasticsearch takes no writes: index write (api)'],
    );
    assert.equal(only(conditions({ search: { answers: true, blocks: [], red: true } })).id, 'search-unwritable');
  });

  it('name an index that is gone, closed, made otherwise or being filled', () => {
    const sound = { missing: false, closed: false, differences: [] };
    const of = (index: Partial<IndexCondition>, more: Partial<Found> = {}) => {
      const search = { answers: true, blocks: [], red: false, index: { ...sound, ...index } };
      return only({ ...conditions({ search }), ...more });
    };
    assert.match(of({ missing: true }).next, /"cryptodm up": it makes the index again/);
    assert.deepEqual([of({ missing: true }).id, of({ closed: true }).id], ['index-missing', 'index-closed']);
    const differs = of({ differences: ['price_crypto is keyword instead of double'] });
    assert.match(differs.what, /price_crypto is keyword instead of double/);
    assert.match(differs.next, /index rebuild/);
    const table = { name: 'crypto_db.crypto_quote', rows: 200, files: 1, deletes: 0, snapshots: 1, bytes: 1 };
    const filling = of({ fill: { phase: 'filling', rows: 0, of: 0 } }, { documents: 50, tables: [table] });
    assert.ok(isMinor(filling));
    assert.match(filling.what, /25 %, 50 of 200 rows/);
    assert.match(of({ fill: { phase: 'closing', rows: 9, of: 9 } }).what, /waits for the newest/);
    const begun = of({ begun: { name: 'crypto_quote-2', fill: { phase: 'filling', rows: 30, of: 60 } } });
    assert.ok(isMinor(begun));
    assert.match(begun.what, /crypto_quote-2.*50 %, 30 of 60 rows/);
  });

  it('name parts by what became of them', () => {
    const of = (more: Partial<PartStatus>) => only(found({ parts: [part('kafka', more)], jobs: [], producers: [] }));
    const died = { restarts: 3, lastExit: 'SIGKILL' };
    assert.equal(of({ state: 'failed', ...died }).id, 'part-failed');
    const refused = of({ state: 'failed', lastExit: 'exit code 2', refusal: 'BTC/USD has simulated prices' });
    assert.deepEqual([refused.id, refused.what], ['part-failed', 'kafka is not started: BTC/USD has simulated prices']);
    assert.equal(of({ state: 'down' }).id, 'part-down');
    const restarting = of({ state: 'restarting', ...died });
    assert.equal(restarting.what, 'kafka died (SIGKILL) and is started again; 3 restarts so far');
    const restarted = of({ ...died, since: ago(10), lastExit: 'Quotes to Iceberg: nothing heard for 46 s' });
    assert.equal(restarted.id, 'part-restarted');
    assert.match(restarted.what, /nothing heard for 46 s/);
    assert.ok(isMinor(restarted));
    assert.deepEqual(ids(found({ parts: [part('kafka', died)], jobs: [], producers: [] })), []);
  });

  it('name a lake of which nothing runs, and one without its supervisor', () => {
    const dead = found().parts.map((one): PartStatus => ({ ...one, state: 'down', pid: undefined }));
    assert.equal(only(found({ parts: dead, resident: undefined, producers: [] })).id, 'lake-down');
    assert.equal(only(found({ resident: undefined })).id, 'resident-down');
  });

  it('name a job that retries, rests, is silent, or shows old data', () => {
    const retries = only(found({ jobs: [job({ state: 'retrying', since: ago(30), lastError: 'gone' })] }));
    assert.deepEqual([retries.id, retries.part, retries.since], ['job-retrying', 'quotes-iceberg', ago(30)]);
    assert.match(retries.what, /gone/);
    assert.equal(only(found({ jobs: [job({ lag: 5, waitingSince: ago(100) })] })).id, 'data-stale');
    assert.equal(only(found({ jobs: [job({ heardAt: ago(31) })] })).id, 'part-silent');
    const late = only(found({ jobs: [job({ lag: 5, visibleAt: ago(2), freshnessSeconds: 300 })] }));
    assert.equal(late.what, 'Quotes to Iceberg is behind: what it shows is 5 min old, 5 records wait');
    assert.deepEqual(ids(found({ jobs: [job({ lag: 0, visibleAt: ago(2), freshnessSeconds: 300 })] })), []);
  });

  it('name a table that can’t be read, and how to repair it', () => {
    const unreadable = [{ name: 'crypto_db.crypto_quote', reason: 'its metadata file /lake/1.metadata.json is empty' }];
    const broken = only(found({ unreadable }));
    assert.equal(broken.id, 'table-unreadable');
    assert.equal(
      broken.what,
      'the table crypto_db.crypto_quote can’t be read: its metadata file /lake/1.metadata.json is empty',
    );
    assert.equal(broken.next, 'Run "cryptodm tables repair --table crypto_db.crypto_quote".');
    const [, job_] = nameProblems(found({ unreadable, jobs: [job({ state: 'retrying', since: ago(30) })] }), now);
    assert.equal(job_?.next, 'It goes on once the table is repaired.');
  });

  it('name a catalog that can’t be read: then no table can', () => {
    const broken = only(found({ catalogFault: '/lake/warehouse/catalog.db: file is not a database' }));
    assert.equal(broken.id, 'table-unreadable');
    assert.match(broken.what, /catalog.db: file is not a database/);
    assert.match(broken.next, /back from a copy/);
    assert.ok(!isMinor(broken));
  });

  it('name what other engines have committed, a table at a time', () => {
    const commit = (table: string, more: object = {}) => ({
      ...{ table, commits: 1, at: ago(600), engine: 'spark 3.5.7', operation: 'append', added: 1, deleted: 0 },
      ...more,
    });
    const one = only(found({ foreign: [commit('crypto_db.crypto_quote')] }));
    assert.equal(one.id, 'foreign-commit');
    assert.equal(
      one.what,
      '1 commit to crypto_db.crypto_quote is not of this lake: append by spark 3.5.7, 1 row written',
    );
    assert.equal(one.since, ago(600));
    assert.match(one.next, /^Run "cryptodm tables repair --table crypto_db.crypto_quote"/);
    assert.match(one.next, /"cryptodm tables accept --table crypto_db.crypto_quote"/);
    assert.ok(!isMinor(one));
    const many = Array.from({ length: 9 }, (_, at) => commit('a.b', { engine: `e${String(at)}`, deleted: 2 }));
    const [first, second] = nameProblems(found({ foreign: [...many, commit('a.c', { commits: 12 })] }), now);
    assert.match(
      first?.what ?? '',
      /^9 commits to a.b are not of this lake: at last append by e6, 1 row written, 2 rows removed; /,
    );
    assert.match(second?.what ?? '', /^12 commits to a.c are not of this lake: append \(12 times\) by spark/);
  });

  it('name parts that are stopped or do not answer', () => {
    const parts = ['kafka', 'elasticsearch', 'spark', 'producer-quotes', 'dashboard'].map((id) => part(id));
    const mute = (id: string, why: 'stopped' | 'silent', more: Partial<Found> = {}) =>
      found({ parts, mute: [{ part: id, pid: 7, why }], ...more });
    const page = only(mute('dashboard', 'silent'));
    assert.deepEqual(
      [page.id, page.part, page.what],
      ['part-silent', 'dashboard', 'dashboard runs but does not answer'],
    );
    const fresh = parts.map((one) => ({ ...one, since: ago(5) }));
    assert.deepEqual(ids(mute('dashboard', 'silent', { parts: fresh })), []);
    const stopped = only(mute('dashboard', 'stopped', { parts: fresh }));
    assert.match(stopped.what, /^dashboard is stopped/);
    assert.match(stopped.next, /"kill -CONT 7"/);
    // Once, although its progress is old, too.
    assert.match(only(mute('spark', 'stopped', { jobs: [job({ heardAt: ago(40) })] })).what, /^spark is stopped/);
    assert.match(only(mute('producer-quotes', 'stopped')).what, /^producer-quotes is stopped/);
    const silent = { ...found().conditions, brokerAnswers: false };
    const broker = only(mute('kafka', 'stopped', { parts: fresh, conditions: silent }));
    assert.equal(broker.id, 'kafka-unreachable');
    assert.match(broker.what, /^Kafka is stopped, .* does not answer/);
    assert.match(broker.next, /"kill -CONT 7"/);
    const supervisor = only(found({ resident: undefined, muteSupervisor: 12 }));
    assert.equal(supervisor.id, 'resident-down');
    assert.match(supervisor.what, /^the supervisor \(pid 12\) runs but does not answer/);
  });

  it('name layers that stand still, whether or not anything is produced', () => {
    const layers = (ranAt: number, lastBatchMs = 300) =>
      found({
        jobs: [job({ id: 'lake-layers', title: 'bronze → silver, gold', lag: 0, ranAt: ago(ranAt), lastBatchMs })],
        producers: [],
      });
    assert.deepEqual(ids(layers(20)), []);
    const still = only(layers(100));
    assert.deepEqual([still.id, still.since], ['layers-still', ago(100)]);
    assert.ok(!isMinor(still));
    // A run may take as long as four of the last one, but not for ever.
    assert.deepEqual(ids(layers(100, 40_000)), []);
    assert.equal(only(layers(780, 116_000)).id, 'layers-still');
    const restarted = found().parts.map((one) => ({ ...one, since: ago(3) }));
    assert.deepEqual(ids({ ...layers(3600), parts: restarted }), []);
    const woken = { pid: 1, since: ago(7200), memoryBytes: 1, wokeAt: ago(8) };
    assert.deepEqual(ids({ ...layers(3600), resident: woken }), []);
  });

  it('do not promise that a job succeeds which fails again and again for one reason', () => {
    const failing = (count: number, seconds: number, more: Partial<Found> = {}) => {
      const jobs = [
        job({ state: 'retrying', lastError: 'Incomplete log file', failing: { count, since: ago(seconds) } }),
      ];
      return nameProblems(found({ jobs, ...more }), now).find(({ id }) => id === 'job-retrying');
    };
    assert.match(failing(1, 5)?.next ?? '', /^It tries again by itself; /);
    assert.doesNotMatch(failing(1, 5)?.what ?? '', /times since/);
    const hopeless = failing(9, 300);
    assert.equal(
      hopeless?.what,
      'Quotes to Iceberg cannot go on: it has failed 9 times since 2025-07-08T05:38:00Z for the same reason: Incomplete log file',
    );
    assert.match(hopeless.next, /nothing shows that it will succeed by itself/);
    assert.equal(
      failing(9, 300, { conditions: { ...found().conditions, brokerAnswers: false } })?.next,
      'It goes on once Kafka answers.',
    );
  });

  it('name what blocks a producer, once it lasts', () => {
    const of = (about: string, seconds: number) =>
      found({ producers: [producer({ troubles: [{ about, since: ago(seconds), message: `it said ${about}` }] })] });
    assert.deepEqual(ids(of('source', 2)), []);
    assert.equal(only(of('source', 20)).id, 'source-failing');
    assert.equal(only(of('history', 20)).id, 'source-failing');
    assert.equal(only(of('kafka', 20)).id, 'producer-waiting');
    assert.equal(only(of('room', 20)).id, 'producer-paused');
    assert.equal(only(of('coin NOPE/USD', 20)).id, 'coin-refused');
    assert.equal(only(of('trades coinbase BTC/USD', 20)).id, 'trades-missing');
    assert.equal(only(of('candles BTC/USD', 20)).id, 'candles-differ');
    assert.equal(only(of('source', 20)).what, 'it said source');
    assert.equal(only(found({ producers: [producer({ at: ago(50) })] })).id, 'part-silent');
  });

  it('name a clock that is off, either way', () => {
    const off = (clockOffset: number) => found({ producers: [producer({ clockOffset })] });
    assert.deepEqual(ids(off(-50)), []);
    assert.equal(only(off(180)).what, 'this machine’s clock is 3 min behind the source’s');
    assert.equal(only(off(-180)).what, 'this machine’s clock is 3 min ahead of the source’s');
  });

  it('name bad records with the last reason, for a quarter of an hour', () => {
    const of = (seconds: number) =>
      found({ jobs: [job({ badRecords: 3, lastBad: { at: ago(seconds), reason: "price 'c' must be above 0" } })] });
    const problem = only(of(60));
    assert.match(problem.what, /^3 bad records since .*; the last: price 'c' must be above 0$/);
    assert.ok(isMinor(problem));
    assert.deepEqual(ids(of(1000)), []);
  });

  it('cut what somebody else’s text may hold, such as a record of 900 kB', () => {
    const huge = 'x'.repeat(900_000);
    const bad = only(found({ jobs: [job({ badRecords: 1, lastBad: { at: ago(1), reason: huge } })] }));
    const stuck = only(found({ jobs: [job({ state: 'retrying', lastError: huge })] }));
    const source = only(
      found({ producers: [producer({ troubles: [{ about: 'source', since: ago(9), message: huge }] })] }),
    );
    for (const { what } of [bad, stuck, source]) assert.ok(what.length < 500, what.slice(0, 600));
  });

  it('name a topic that went back, by the job that stands still and then for a day', () => {
    const back = only(
      found({ jobs: [job({ state: 'retrying', lastError: 'x', wentBack: 'trades has lost its last records' })] }),
    );
    assert.equal(back.id, 'topic-went-back');
    assert.match(back.what, /^Quotes to Iceberg stands still: trades has lost its last records$/);
    assert.match(back.next, /runs "cryptodm up"/);
    assert.ok(!isMinor(back));
    const topic = (at: string, lost = 65) => ({
      topics: [{ name: 'trades', records: 9, generation: 2, renewal: { at, lost, reason: 'trades was cut' } }],
    });
    const renewed = only(found(topic(ago(3600))));
    assert.equal(renewed.id, 'topic-renewed');
    assert.match(renewed.what, /^trades was cut, 65 records that were read are gone: generation 2 of trades began$/);
    assert.ok(isMinor(renewed));
    assert.match(only(found(topic(ago(3600), 0))).what, /^trades was cut: generation 2 of trades began$/);
    assert.deepEqual(ids(found(topic(ago(90_000)))), []);
  });

  it('name records that were removed before they were read', () => {
    const lost = only(found({ jobs: [job({ lostRecords: 20 })] }));
    assert.equal(lost.id, 'records-lost');
    assert.match(lost.what, /^20 records for Quotes to Iceberg were removed/);
    assert.match(lost.next, /cryptodm backfill/);
    const between = (id: string, source: string) =>
      only(
        found({
          jobs: [job({ id, lostRecords: 20, lostBetween: { from: ago(60), to: ago(0) } })],
          producers: [producer({ source })],
        }),
      );
    assert.match(
      between('quotes-iceberg', 'alpaca').what,
      /produced between 2025-07-08T05:42:00.000Z and 2025-07-08T05:43/,
    );
    assert.match(between('quotes-iceberg', 'alpaca').next, /asked from the market’s history by themselves/);
    assert.match(between('quotes-iceberg', 'simulate').next, /have no history/);
    assert.match(between('trades-iceberg', 'alpaca').next, /Trades have no history/);
    assert.match(between('quotes-elasticsearch', 'alpaca').next, /doctor/);
  });

  it('name a topic that fills with what a job has not taken, with the time that is left', () => {
    const of = (waiting: number, secondsLeft: number | undefined) => {
      const backlog = { bytes: 3e9, most: 4e9, waiting, slowest: 'Quotes to Elasticsearch', secondsLeft };
      return found({ topics: [{ name: 'quotes', records: 9, generation: 1, renewal: undefined, backlog }] });
    };
    assert.deepEqual(ids(of(1.9e9, 60)), []);
    const filling = only(of(2.5e9, 40_000));
    assert.equal(filling.id, 'topic-filling');
    assert.equal(
      filling.what,
      'Quotes to Elasticsearch has not taken 2500 MB of quotes: producers pause at 3600 MB, in 11 h at the present rate',
    );
    assert.ok(!isMinor(filling));
    assert.match(only(of(2.5e9, undefined)).what, /: producers pause at 3600 MB$/);
  });

  it('come with what degrades the lake first', () => {
    const both = found({
      conditions: { ...found().conditions, brokerAnswers: false },
      jobs: [job({ badRecords: 1, lastBad: { at: ago(1), reason: 'x' } })],
      producers: [producer({ clockOffset: 400, troubles: [{ about: 'kafka', since: ago(9), message: 'x' }] })],
    });
    assert.deepEqual(ids(both), ['kafka-unreachable', 'producer-waiting', 'clock-off', 'bad-records']);
  });
});
