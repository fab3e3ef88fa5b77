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
import { publishAlert } from './alert.ts';
import type { LakeEnvironment } from './environment.ts';
import { readLakeSpec } from './lake-spec.ts';
import { readLastWritten } from './last-written.ts';
import {
  beginUpkeep,
  continueUpkeep,
  describeRun,
  isOver,
  renderStatement,
  type TableUpkeep,
  type UpkeepRun,
} from './upkeep-run.ts';

/** Seconds that a run lives without a word of Athena; its statements end after 30 minutes at the latest. */
const leaseSeconds = 3600;

export type Begun = { started: { table: string; queryId: string }[] } | { busy: { holder: string; until: string } };

export type Continued =
  { continued: { table: string; phase: TableUpkeep['phase'] }[] } | { ended: TableUpkeep[] } | { ignored: string };

/** Starts the upkeep of tables unless one is under way, by whomever. */
export async function beginRun(lake: LakeEnvironment, tables: string[]): Promise<Begun> {
  // Should an event of Athena be lost, the next request finds the run and brings it on.
  await continueRun(lake, undefined);
  const run: UpkeepRun = { id: randomUUID(), startedAt: new Date().toISOString(), tables: tables.map(beginUpkeep) };
  const answer = await acquireLease<UpkeepRun>(leaseOf(lake), holderOf(lake), leaseSeconds, run);
  if ('busy' in answer) return { busy: { holder: answer.busy.holder, until: answer.busy.until } };
  const states = await step(lake, run);
  await renewLease(leaseOf(lake), answer.held, leaseSeconds, { ...run, tables: states });
  return { started: states.map(({ table, queryId = '' }) => ({ table, queryId })) };
}

/**
 * Brings a run on after a query has ended. Two calls at once do no harm: a statement has one token, and the first one to write wins.
 * @param queryId the query that has ended; absent: any may have
 * @throws Error for a query that a run is just starting, so that the event comes again
 */
export async function continueRun(lake: LakeEnvironment, queryId: string | undefined): Promise<Continued> {
  for (;;) {
    const held = await readLease<UpkeepRun>(leaseOf(lake));
    if (held === undefined || held.holder !== holderOf(lake) || held.note.endedAt !== undefined) {
      return { ignored: 'no upkeep is under way' };
    }
    const known = held.note.tables.some((table) => table.queryId === queryId);
    const isStarting = held.note.tables.some((table) => !isOver(table) && table.queryId === undefined);
    if (queryId !== undefined && !known) {
      if (isStarting && isHeld(held)) throw new Error(`the run ${held.note.id} is just starting its queries`);
      return { ignored: `${queryId} is no query of the upkeep` };
    }
    const run = { ...held.note, tables: await step(lake, held.note) };
    const answer = run.tables.every(isOver) ? await end(lake, held, run) : await proceed(lake, held, run);
    if (answer !== undefined) return answer;
  }
}

async function proceed(
  lake: LakeEnvironment,
  held: HeldLease<UpkeepRun>,
  run: UpkeepRun,
): Promise<Continued | undefined> {
  if ((await renewLease(leaseOf(lake), held, leaseSeconds, run)) === undefined) return undefined;
  return { continued: run.tables.map(({ table, phase }) => ({ table, phase })) };
}

async function end(lake: LakeEnvironment, held: HeldLease<UpkeepRun>, run: UpkeepRun): Promise<Continued | undefined> {
  const ended = { ...run, endedAt: new Date().toISOString() };
  if (!(await releaseLease(leaseOf(lake), held, ended))) return undefined;
  const failed = run.tables.filter(({ phase }) => phase === 'failed').length;
  const subject = failed === 0 ? 'the tables are optimised' : `${String(failed)} tables were not optimised`;
  await publishAlert(lake, subject, describeRun(run));
  return { ended: run.tables };
}

/** Looks at each table's statement and starts the next where it has ended. */
async function step(lake: LakeEnvironment, run: UpkeepRun): Promise<TableUpkeep[]> {
  const spec = await readLakeSpec(lake);
  return useAthena(lake.connection, async (athena) => {
    const next: TableUpkeep[] = [];
    for (const upkeep of run.tables) {
      const settled = await settle(athena, upkeep);
      const table = spec.tables.find(({ name }) => name === upkeep.table) ?? { name: upkeep.table, partition: [] };
      next.push(await start(lake, athena, run.id, settled, table));
    }
    return next;
  });
}

async function settle(athena: AthenaClient, upkeep: TableUpkeep): Promise<TableUpkeep> {
  if (upkeep.queryId === undefined) return upkeep;
  const { state, reason, statistics } = await describeQuery(athena, upkeep.queryId);
  if (state === 'QUEUED' || state === 'RUNNING') return upkeep;
  return continueUpkeep(upkeep, { state, reason, scannedBytes: statistics.scannedBytes });
}

async function start(
  lake: LakeEnvironment,
  athena: AthenaClient,
  run: string,
  upkeep: TableUpkeep,
  table: Parameters<typeof renderStatement>[1],
): Promise<TableUpkeep> {
  const { phase, queryId, statements } = upkeep;
  if (queryId !== undefined || phase === 'done' || phase === 'failed') return upkeep;
  const sql = renderStatement(phase, table, await readLastWritten(lake.connection, table.name), new Date());
  const token = createHash('sha256')
    .update(`${run} ${String(statements)} ${sql}`)
    .digest('hex');
  const id = await startQuery(athena, { sql, workgroup: lake.workgroup, token });
  return { ...upkeep, queryId: id, statements: statements + 1 };
}

function leaseOf({ connection, artifacts }: LakeEnvironment): LeaseObject {
  return { connection, bucket: artifacts, key: optimizeLeaseKey };
}

function holderOf({ lake }: LakeEnvironment): string {
  return `${lake}-optimize-tables`;
}
