import { createHash, randomUUID } from 'node:crypto';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { describeQuery, startQuery, useAthena } from '../services/athena.ts';
import {
  acquireLease,
  isHeld,
  optimizeLeaseKey,
  readLease,
  releaseLease,
  renewLease,
  type HeldLease,
  type LeaseObject,
} from '../services/lease.ts';
import { readMetadataText } from '../services/tables.ts';
import { parseTableMetadata } from '../../tools/iceberg/metadata.ts';
import { publishAlert } from './alert.ts';
import type { LakeEnvironment } from './environment.ts';
import { readLakeSpec } from './lake-spec.ts';
import {
  beginMaintenance,
  continueMaintenance,
  deleteFirst,
  describeRun,
  isOver,
  lastChange,
  leaveForeign,
  renderStatement,
  type TableMaintenance,
  type MaintenanceRun,
  type SparkRun,
} from './maintenance-run.ts';
import { settleSpark, sparkSeconds, startSpark, type SparkRequest } from './spark-maintenance.ts';

/** Seconds after which a run that has heard nothing from Athena is over; a statement ends after 30 minutes at most. */
const leaseSeconds = 3600;

/** What is asked of a maintenance. */
export interface MaintenanceRequest {
  tables: string[];
  /** absent: Athena does it */
  spark?: SparkRequest | undefined;
}

export type Begun =
  | { started: { table: string; queryId: string }[] }
  | { submitted: SparkRun }
  | { ended: TableMaintenance[] }
  | { busy: { holder: string; until: string } };

export type Continued =
  | { continued: { table: string; phase: TableMaintenance['phase'] }[] }
  | { ended: TableMaintenance[] }
  | { ignored: string };

/** Starts the maintenance of tables, unless a maintenance is running already. */
export async function beginRun(lake: LakeEnvironment, { tables, spark }: MaintenanceRequest): Promise<Begun> {
  // When an event of a service was lost, the next request continues the run.
  await continueRun(lake, undefined);
  const last = lastChange((await readLease<Partial<MaintenanceRun>>(leaseOf(lake)))?.note);
  const run: MaintenanceRun = {
    id: randomUUID(),
    startedAt: new Date().toISOString(),
    ...(spark === undefined ? {} : { spark: { on: spark.on } }),
    ...(spark?.options.dryRun === true ? { dryRun: { last } } : {}),
    tables: tables.map(beginMaintenance),
  };
  const answer = await acquireLease<MaintenanceRun>(leaseOf(lake), holderOf(lake), secondsOf(run), run);
  if ('busy' in answer) return { busy: { holder: answer.busy.holder, until: answer.busy.until } };
  const begun = spark === undefined ? { ...run, tables: await step(lake, run) } : await startSpark(lake, run, spark);
  if (begun.tables.every(isOver)) {
    await end(lake, answer.held, begun);
    return { ended: begun.tables };
  }
  await renewLease(leaseOf(lake), answer.held, secondsOf(begun), begun);
  if (begun.spark !== undefined) return { submitted: begun.spark };
  return { started: begun.tables.map(({ table, queryId = '' }) => ({ table, queryId })) };
}

/** How long a run holds the lease unless it hears something: with Spark until it has ended in any case. */
function secondsOf({ spark }: MaintenanceRun): number {
  return spark?.id === undefined ? leaseSeconds : sparkSeconds(spark);
}

/**
 * Continues a run after a query, or Spark, has ended. Two calls at once do no harm: a statement has one token, and the first one to write wins.
 * @param id what has ended: a query, a run of a job, a step; absent: look at all of them
 * @throws Error for something that a run is just starting, so that EventBridge delivers the event again
 */
export async function continueRun(lake: LakeEnvironment, id: string | undefined): Promise<Continued> {
  for (;;) {
    const held = await readLease<MaintenanceRun>(leaseOf(lake));
    if (held === undefined || held.holder !== holderOf(lake) || held.note.endedAt !== undefined) {
      return { ignored: 'no maintenance is running' };
    }
    const { tables, spark } = held.note;
    const known = spark === undefined ? tables.some((table) => table.queryId === id) : spark.id === id;
    const isStarting =
      spark === undefined
        ? tables.some((table) => !isOver(table) && table.queryId === undefined)
        : spark.id === undefined;
    if (id !== undefined && !known) {
      if (isStarting && isHeld(held)) throw new Error(`the run ${held.note.id} is just starting`);
      return { ignored: `${id} is not of the maintenance` };
    }
    if (spark !== undefined && isStarting && isHeld(held)) return { ignored: 'Spark is just being started' };
    const run = {
      ...held.note,
      tables: spark === undefined ? await step(lake, held.note) : await settleSpark(lake, tables, spark),
    };
    const answer = run.tables.every(isOver) ? await end(lake, held, run) : await proceed(lake, held, run);
    if (answer !== undefined) return answer;
  }
}

async function proceed(
  lake: LakeEnvironment,
  held: HeldLease<MaintenanceRun>,
  run: MaintenanceRun,
): Promise<Continued | undefined> {
  if ((await renewLease(leaseOf(lake), held, secondsOf(run), run)) === undefined) return undefined;
  return { continued: run.tables.map(({ table, phase }) => ({ table, phase })) };
}

async function end(
  lake: LakeEnvironment,
  held: HeldLease<MaintenanceRun>,
  run: MaintenanceRun,
): Promise<Continued | undefined> {
  const ended = { ...run, endedAt: new Date().toISOString() };
  if (!(await releaseLease(leaseOf(lake), held, ended))) return undefined;
  const failed = run.tables.filter(({ phase }) => phase === 'failed').length;
  if (run.dryRun !== undefined) return { ended: run.tables };
  const subject =
    failed === 0 ? 'the maintenance of the tables is done' : `the maintenance failed for ${String(failed)} tables`;
  await publishAlert(lake, subject, describeRun(run));
  return { ended: run.tables };
}

/** Looks at each table's statement and starts the next one where it has ended. */
async function step(lake: LakeEnvironment, run: MaintenanceRun): Promise<TableMaintenance[]> {
  const spec = await readLakeSpec(lake);
  return useAthena(lake.connection, async (athena) => {
    const next: TableMaintenance[] = [];
    for (const maintenance of run.tables) {
      const settled = await settle(athena, maintenance);
      const table = spec.tables.find(({ name }) => name === maintenance.table) ?? {
        name: maintenance.table,
        partition: [],
      };
      next.push(await start(lake, athena, run.id, settled, table));
    }
    return next;
  });
}

async function settle(athena: AthenaClient, maintenance: TableMaintenance): Promise<TableMaintenance> {
  if (maintenance.queryId === undefined) return maintenance;
  const { state, reason, statistics } = await describeQuery(athena, maintenance.queryId);
  if (state === 'QUEUED' || state === 'RUNNING') return maintenance;
  return continueMaintenance(maintenance, { state, reason, scannedBytes: statistics.scannedBytes });
}

async function start(
  lake: LakeEnvironment,
  athena: AthenaClient,
  run: string,
  maintenance: TableMaintenance,
  table: Parameters<typeof renderStatement>[1],
): Promise<TableMaintenance> {
  if (maintenance.queryId !== undefined || isOver(maintenance)) return maintenance;
  const text = await readMetadataText(lake.connection, table.name);
  const metadata = text === undefined ? undefined : parseTableMetadata(text);
  const due = leaveForeign(deleteFirst(maintenance, table), metadata);
  const { phase, statements } = due;
  if (phase === 'done' || phase === 'failed') return due;
  // The newest entry of the log is the current snapshot.
  const sql = renderStatement(phase, table, metadata?.log.at(-1)?.at, new Date());
  const token = createHash('sha256')
    .update(`${run} ${String(statements)} ${sql}`)
    .digest('hex');
  const id = await startQuery(athena, { sql, workgroup: lake.workgroup, token });
  return { ...due, queryId: id, statements: statements + 1 };
}

function leaseOf({ connection, artifacts }: LakeEnvironment): LeaseObject {
  return { connection, bucket: artifacts, key: optimizeLeaseKey };
}

function holderOf({ lake }: LakeEnvironment): string {
  return `${lake}-optimize-tables`;
}
