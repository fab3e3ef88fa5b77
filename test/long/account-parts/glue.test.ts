import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { describeJobRun, stopJobRun } from '../../../src/aws/services/glue-jobs.ts';
import { isHeld } from '../../../src/aws/services/lease.ts';
import { readRows, runQuery } from '../../../src/aws/services/athena.ts';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { EmulatedAccount } from '../../support/aws/account.ts';
import { barRow } from '../../support/aws/bars.ts';
import { buildFunctions, FunctionLake } from '../../support/aws/function-lake.ts';
import {
  createGlueMaintenance,
  endOfSparkPattern,
  glueRunner,
  maintenanceEnvironment,
} from '../../support/aws/glue-maintenance.ts';
import { prepareLambdaRuntime } from '../../support/aws/java.ts';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { unusedRights } from '../../support/aws/rights.ts';
import { athenaCatalog } from '../../support/aws/athena-catalog.ts';
import { startTrino, trinoUnavailable, type Trino } from '../../support/engines/trino.ts';
import { runCommand } from '../../support/command-line.ts';
import { changeEnvironment } from '../../support/environment.ts';
import { skipWithout } from '../../support/skipping.ts';
import { rightsOf } from '../../synth/stack.ts';

const quotes = 'crypto_db.crypto_quote';
const job = 'acme-optimize';

/** A minute that ended long ago. */
const minuteAt = (minute: number) => new Date(Date.UTC(2026, 10, 20, 11, minute));

describe('the maintenance by Spark in Glue', function () {
  this.timeout(600_000);
  let account: EmulatedAccount;
  let trino: Trino | undefined;
  let lake: FunctionLake;
  let athena: AthenaClient;
  let folder: string;
  let restore: (() => void) | undefined;

  before(async function () {
    this.timeout(900_000);
    skipWithout(this, trinoUnavailable() ?? (await emulatorUnavailable()));
    folder = mkdtempSync(join(tmpdir(), 'cryptodm-glue-test-'));
    const port = await freePort();
    const java = await prepareLambdaRuntime();
    account = await EmulatedAccount.start({ athenaUrl: `http://127.0.0.1:${String(port)}`, java, glueRunner });
    restore = changeEnvironment(account.env());
    trino = await startTrino(athenaCatalog({ endpoint: account.url, region: account.region }), port);
    await buildFunctions();
    lake = await FunctionLake.make(account, '', { upkeep: 'glue' });
    await createGlueMaintenance(lake, { jar: true });
    const optimize = await lake.createFunction('optimize-tables', maintenanceEnvironment(lake));
    await lake.subscribe(optimize, 'spark-ended', endOfSparkPattern(lake));
    // The rows of this suite are written by Trino: commits of another engine are not compacted unless they are wanted.
    const open = structuredClone(lake.lake);
    for (const table of open.tables) table.properties['cryptodm.foreign.allowed'] = 'true';
    await lake.declare(open);
    await lake.createFunction('create-tables');
    await lake.call('create-tables');
    athena = new AthenaClient(lake.config);
  });

  after(async () => {
    restore?.();
    await trino?.stop();
    await (account as EmulatedAccount | undefined)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const connection = () => ({ region: account.region });
  const query = async (sql: string) =>
    (await readRows(athena, await runQuery(athena, { sql, workgroup: lake.workgroup, database: 'crypto_db' }))).rows;
  const start = async (tables: string[]) => {
    const answer = await lake.call('optimize-tables', { via: 'spark', tables });
    return (answer as { submitted: { on: string; id: string } }).submitted.id;
  };
  const ended = () => lake.awaitMaintenance(400_000);
  const printed = async () => {
    const { events = [] } = await new CloudWatchLogsClient(lake.config).send(
      new FilterLogEventsCommand({ logGroupName: '/crypto-lake/acme/optimize/output' }),
    );
    return events.map(({ message }) => message).join('\n');
  };

  it('compacts a fragmented table, whose rows stay what they were; the command follows it', async () => {
    for (const coin of ['BTC', 'LTC', 'ETH']) {
      for (const minute of [1, 2, 3])
        await query(`INSERT INTO ${quotes} VALUES ${barRow(coin, minuteAt(minute), minute)}`);
    }
    const files = async () => Number((await query('SELECT count(*) FROM "crypto_quote$files"'))[0]?.[0]);
    const rows = () => query(`SELECT * FROM ${quotes} ORDER BY asset_id, start_window`);
    const before = await rows();
    assert.deepEqual([await files(), before.length], [9, 9]);

    const settings = { CRYPTODM_TARGET: 'aws', CRYPTODM_AWS_PREFIX: lake.prefix, CRYPTODM_PATHS_DATA: folder };
    const args = ['optimize-iceberg', '--via', 'spark', '--table', quotes, '--retain', '1h', '--json'];
    const ran = await runCommand(args, { cwd: folder, env: settings });
    assert.equal(ran.code, 0, `${ran.stderr}\n${await printed()}\n${account.log().slice(-3000)}`);
    const last = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { via: string; on: string; run: string };
    assert.deepEqual([last.via, last.on], ['spark', 'glue']);
    assert.equal((await describeJobRun(connection(), job, last.run))?.state, 'SUCCEEDED');

    assert.equal(await files(), 1, await printed());
    assert.deepEqual(await rows(), before);
    const { note, ...held } = await ended();
    assert.ok(!isHeld(held as Awaited<ReturnType<typeof ended>>));
    assert.deepEqual([note.spark, note.tables.map(({ phase }) => phase)], [{ on: 'glue', id: last.run }, ['done']]);
    assert.match(await printed(), /"event":"optimized","table":"crypto_db\.crypto_quote"/);
    const [message] = (await account.messages()).filter(({ subject }) => subject?.includes('maintenance'));
    assert.match(message?.message ?? '', /Spark in Glue \(jr_[0-9a-f]+\): done/);
  });

  it('a second one beside it is refused, and one that is stopped leaves no lease', async () => {
    const id = await start([quotes]);
    const second = await lake.call('optimize-tables', { via: 'spark', tables: [quotes] });
    assert.equal((second as { busy: { holder: string } }).busy.holder, 'acme-optimize-tables');
    assert.deepEqual(Object.keys(await lake.call('optimize-tables')), ['busy'], 'nor one by Athena');
    const running = await awaitAnswer(
      async () => ((await describeJobRun(connection(), job, id))?.state === 'RUNNING' ? true : undefined),
      { withinMs: 30_000, everyMs: 100 },
    );
    assert.ok(running);
    await stopJobRun(connection(), job, id);
    const { note, ...held } = await ended();
    assert.equal((await describeJobRun(connection(), job, id))?.state, 'STOPPED');
    assert.ok(!isHeld(held as Awaited<ReturnType<typeof ended>>));
    assert.deepEqual(
      note.tables.map(({ phase, reason }) => [phase, reason]),
      [['failed', 'stopped']],
    );
    await start([quotes]);
    assert.equal((await ended()).note.tables[0]?.phase, 'done', await printed());
  });

  it('a failure is named, in the record, in a message, and in the log', async () => {
    const DatabaseName = 'crypto_db';
    await new GlueClient(lake.config).send(new DeleteTableCommand({ DatabaseName, Name: 'market_hole' }));
    const id = await start(['crypto_db.market_hole']);
    const { note } = await ended();
    assert.equal(note.tables[0]?.reason, 'failed: Command failed with exit code 1');
    const message = (await account.messages()).at(-1);
    assert.match(message?.subject ?? '', /the maintenance failed for 1 tables/);
    assert.match(message?.message ?? '', new RegExp(`${id}\\): failed: failed: Command failed`));
    assert.match(await printed(), /create the tables first/);
  });

  it('the role of the job has used every right, but those that are kept for a reason', async () => {
    const used = (await account.rights())[job] ?? {};
    assert.deepEqual(unusedRights('optimize', rightsOf(lake.stack(), 'glue-maintenance_role_'), used), []);
  });
});
