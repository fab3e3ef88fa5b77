// The whole proof, in sections: what "npm test" runs for every change, and what "npm run test:long" holds because it is slower.
// test/unit/proof/sections.test.ts sees to it that each test file belongs to one of them.
// Seconds are what is expected on two quiet cores; "npm test" tells those of its run.
//
// An item is something that passes or fails by itself. It has one of
//   mocha    a folder below which all *.test.ts are run, or one such file; with "grep" only the tests that have this in their title
//   jvm      the tests of the JVM side
//   command  which counts as one test
// and may have a name for reports. A section "needs" what must exist: without it the section is skipped with a message.

const node = process.execPath;

/** Of "npm test". Two lanes run beside each other; in each of them one section follows the other, in the order of this list. */
export const quickSections = [
  { name: 'build', lane: 'a', seconds: 5, items: [{ command: [node, 'build.js'] }] },
  { name: 'set-up', lane: 'a', seconds: 120, items: [{ command: ['./cryptodm', 'setup'] }] },
  { name: 'check', lane: 'b', seconds: 75, items: [{ command: [node, 'build/check.js'] }] },
  { name: 'unit', lane: 'b', seconds: 20, items: [{ mocha: 'test/unit' }] },
  { name: 'infrastructure', lane: 'b', seconds: 16, items: [{ mocha: 'test/synth' }] },
  { name: 'JVM', lane: 'b', seconds: 200, needs: ['setup'], items: [{ jvm: 'quick' }] },
  { name: 'lakes', lane: 'a', seconds: 265, needs: ['setup'], items: [{ mocha: 'test/e2e' }] },
  { name: 'queries and servers', lane: 'a', seconds: 45, needs: ['setup'], items: [{ mocha: 'test/integration' }] },
  { name: 'benchmarks', lane: 'a', seconds: 60, needs: ['setup'], items: [{ mocha: 'test/bench' }] },
  {
    ...{ name: 'an account', lane: 'b', seconds: 330, needs: ['setup', 'terraform'] },
    items: [{ mocha: 'test/aws' }],
  },
  {
    ...{ name: 'parts of an account', lane: 'a', seconds: 100, needs: ['setup', 'terraform'] },
    items: [{ mocha: 'test/integration-aws' }],
  },
];

const files = (folder, ...names) => names.map((name) => ({ mocha: `test/long/${folder}/${name}.test.ts` }));

export const longBenchmarks = [
  ...['cli', 'freshness', 'throughput', 'search', 'upkeep'],
  ...['growth-rows', 'growth-coins', 'growth-day', 'growth-trades', 'cost'],
  ...['market-freshness', 'market-rate', 'market-day'],
];

/** Of "npm run test:long -- SECTION". */
export const longSections = [
  {
    name: 'jvm',
    holds:
      'JVM tests of minutes: a day of commits, more random runs of the layers, files that go while they are listed',
    seconds: 500,
    items: [{ jvm: 'long' }],
  },
  {
    name: 'spark-4',
    holds: 'the JVM tests of what uses Spark, built with Spark 4.1 and Scala 2.13',
    seconds: 300,
    items: [{ jvm: 'spark-4' }],
  },
  {
    name: 'lakes',
    holds:
      'local lakes in trouble: command lines that are stopped at each step, full disks, servers that fail or pause, other lakes at their ports, lost files, odd folders, topics as large as they may be, an index that is rebuilt under load; Spark, Trino and dbt read a lake; the dashboard, and pages of other sites, in Chromium',
    seconds: 3400,
    items: files(
      'lakes',
      'any-port',
      'command-line',
      'conditions',
      'dashboard',
      'dashboard-page',
      'foreign-engines',
      'foreign-pages',
      'full-disk',
      'index-rebuild',
      'open-lake',
      'other-lakes',
      'take-over',
      'topic-bound',
    ),
  },
  {
    name: 'faults',
    holds:
      'a lake is struck under load (kills, partitions, wrong clocks, a slow disk, power cuts), jobs read again what they have read, topics lose what tables hold, a burst of trades in an hour',
    seconds: 900,
    items: files('faults', 'lost-logs', 'replays', 'seeds', 'trade-burst'),
  },
  {
    name: 'executors',
    holds: 'jobs on a Spark with several processes: a million records into table and index while an executor is killed',
    seconds: 300,
    needs: ['setup'],
    items: files('executors', 'executors'),
  },
  {
    name: 'exchanges',
    holds:
      'a lake follows exchanges that do wrong what follows from 60 seeds, and its producer is killed once in each: trades, holes, bars, index, silver and candles equal the ledger',
    seconds: 2100,
    items: files('exchanges', 'seeds'),
  },
  {
    name: 'power',
    holds: 'the power of the disk below two lakes is cut twenty times under load; backups that were taken meanwhile',
    seconds: 1500,
    items: files('power', 'backups', 'cuts', 'repairs'),
  },
  {
    name: 'account',
    holds: 'lakes in an account: the whole story, producers in containers, kills and faults, search in Elastic Cloud',
    seconds: 2800,
    needs: ['terraform'],
    items: files('account', 'lake', 'containers', 'faults', 'search'),
  },
  {
    name: 'account-parts',
    holds:
      'parts of an account by real servers: brokers, host, containers, Spark on EMR and in Glue, Athena; a pipeline that plans, makes and removes one; a zone without instances; the libraries of the oldest cluster',
    seconds: 1700,
    needs: ['terraform'],
    items: files(
      'account-parts',
      'athena',
      'brokers',
      'cluster-links',
      'containers',
      'glue',
      'host',
      'pipeline',
      'pipeline-plan',
      'spark-submit',
      'zones',
    ),
  },
  {
    name: 'account-tools',
    holds:
      'checkov on the infrastructure, ansible-lint on the playbook, the playbook of a lake in an odd folder, and the Python that they need',
    seconds: 300,
    needs: ['terraform'],
    items: [
      ...files('account-tools', 'playbook-paths', 'venv'),
      { name: 'ansible-lint', command: ['npm', 'run', '--silent', 'check:ansible'] },
      { name: 'checkov', command: ['npm', 'run', '--silent', 'check:infra'] },
    ],
  },
  {
    name: 'package',
    holds: 'the packed package below a prefix: its size, a lake with it by Node 20, 22 and 24, and what is left of it',
    seconds: 120,
    items: files('package', 'package'),
  },
  {
    name: 'benchmarks',
    holds: 'all other benchmarks, in their short form',
    seconds: 900,
    items: longBenchmarks.map((name) => ({ mocha: 'test/long/benchmarks/smoke.test.ts', grep: `short form ${name}` })),
  },
  {
    name: 'endurance',
    holds:
      '300 quotes and 100 trades a second for 90 minutes: the slopes of memory, open files, threads, logs, checkpoints, snapshots, files and topics after the first half hour',
    seconds: 5700,
    items: files('endurance', 'endurance'),
  },
  {
    name: 'trade-rate',
    holds: '1,000 trades a second for 70 minutes: a run of the layers at the end and at minute 5, memory of all parts',
    seconds: 4500,
    items: [{ name: 'growth-trades', command: ['npm', 'run', '--silent', 'bench', '--', 'growth-trades'] }],
  },
];
