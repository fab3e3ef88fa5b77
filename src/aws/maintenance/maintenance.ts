import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { keepDays, type OptimizeOptions } from '../../lake/maintenance.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { Work } from '../../work.ts';
import { callFunction } from '../calls/function-calls.ts';
import { findDeployment } from '../deployment/last-deployment.ts';
import type { AwsLake } from '../lake.ts';
import { isHeld, optimizeLeaseKey, readLease, type LeaseObject } from '../services/lease.ts';
import { describeSpark, stopSpark, type StartedSpark } from '../services/spark-runs.ts';

/** A table in the note that the function keeps in the lease (`src/aws/functions/maintenance-run.ts`). */
const tableSchema = z.object({
  table: z.string(),
  phase: z.enum(['delete', 'optimize', 'vacuum', 'done', 'failed']),
  statements: z.number(),
  conflicts: z.number(),
  scannedBytes: z.number(),
  reason: z.string().optional(),
});
const runSchema = z.object({ endedAt: z.string().optional(), tables: z.array(tableSchema) });

/** Result of a maintenance in the account. */
export type AwsOptimized = { seconds: number; tables: z.infer<typeof tableSchema>[] } & (
  { via: 'athena' } | { via: 'spark'; on: 'glue' | 'emr'; run: string }
);

const sparkSchema = z.object({ on: z.enum(['glue', 'emr']), id: z.string(), cluster: z.string().optional() });

const answerSchema = z.union([
  z.object({ started: z.array(z.object({ table: z.string(), queryId: z.string() })) }),
  z.object({ submitted: sparkSchema }),
  z.object({ ended: z.array(tableSchema) }),
  z.object({ busy: z.object({ holder: z.string(), until: z.string() }) }),
]);

const hours = 3_600_000;

/**
 * Starts the maintenance by the function, which holds the lease, and waits until it has given it back. Ctrl-C stops Spark.
 * @param via absent: what `aws.upkeep` of the lake names
 * @throws Fault of kind `locked` while another maintenance runs, `part` when the function or Spark fails or does not end
 */
export async function optimizeTables(
  lake: AwsLake,
  work: Work,
  { via, ...options }: OptimizeOptions & { via: string | undefined },
): Promise<AwsOptimized> {
  const asked = via === undefined ? ((await findDeployment(lake))?.aws.upkeep ?? 'athena') : via;
  const engine = asked === 'athena' ? 'athena' : 'spark';
  if (engine === 'athena') refuseWhatAthenaCannot(options);
  const begun = Date.now();
  const { tables: given, ...limits } = { ...options, tables: namedTables(lake, options) };
  const payload = {
    ...(given.length === 0 ? {} : { tables: given }),
    ...(engine === 'athena' ? {} : { via: engine, options: limits }),
  };
  const answer = answerSchema.parse(await callFunction(lake, 'optimize-tables', payload, work.signal));
  if ('busy' in answer) throw isBusy(answer.busy);
  const seconds = () => (Date.now() - begun) / 1000;
  if ('ended' in answer) throw sparkFailed(answer.ended, undefined);
  if ('started' in answer) {
    const { tables } = await awaitRun(lake, work, begun, undefined);
    return { via: 'athena', tables, seconds: seconds() };
  }
  const spark = answer.submitted;
  const { tables } = await awaitRun(lake, work, begun, spark).catch(async (error: unknown) => {
    await stopSpark(lake.connection, lake.names.maintenanceJob, spark).catch(() => undefined);
    throw error;
  });
  if (tables.some(({ phase }) => phase === 'failed')) throw sparkFailed(tables, spark);
  return { via: 'spark', on: spark.on, run: spark.id, tables, seconds: seconds() };
}

function sparkFailed(tables: readonly { reason?: string | undefined }[], spark: StartedSpark | undefined): Fault {
  const reason = tables.find((table) => table.reason !== undefined)?.reason ?? 'without a reason';
  return new Fault('part', `the maintenance by Spark failed: ${reason}`, {
    where: spark?.id,
    next: 'See "cryptodm logs optimize"; logs come some minutes late.',
  });
}

/** Athena's OPTIMIZE and VACUUM take their limits from the table's properties and can't predict what they will do. */
function refuseWhatAthenaCannot(options: OptimizeOptions): void {
  const refuse = (where: string, message: string) => {
    throw new Fault('usage', message, { where, next: 'Leave it out, or add --via spark.' });
  };
  if (options.dryRun) refuse('--dry-run', 'Athena can’t tell beforehand what it would do');
  if (options.targetFileBytes !== undefined)
    refuse('--target-file-size', 'Athena chooses the size of its files itself');
  if (options.retainSeconds !== undefined || options.orphansOlderThanSeconds !== undefined) {
    const message = `Athena keeps snapshots for ${String(keepDays.snapshots)} days and orphan files for ${String(keepDays.orphans)}`;
    refuse('--retain, --orphans-older-than', message);
  }
}

/** How often the service of Spark is asked, and how long its event may take before we call the function. */
const [askEveryMs, eventWithinMs] = [10_000, 30_000];

/** Waits for the end of a run: the function writes into its lease how far it is. */
async function awaitRun(
  lake: AwsLake,
  work: Work,
  begun: number,
  spark: StartedSpark | undefined,
): Promise<z.infer<typeof runSchema>> {
  const where = leaseObject(lake);
  const part = spark === undefined ? 'optimize-tables' : 'optimize';
  const next = `See "cryptodm logs ${part}", then run the same command: it continues with what is left.`;
  let [askedAt, endedAt] = [Date.now(), undefined as number | undefined];
  const ended = await awaitAnswer(
    async () => {
      const lease = await readLease<unknown>(where);
      const run = runSchema.safeParse(lease?.note);
      if (run.data?.endedAt !== undefined) return run.data;
      if (lease !== undefined && !isHeld(lease)) {
        throw new Fault('part', 'the maintenance stopped before its end', { where: optimizeLeaseKey, next });
      }
      if (spark !== undefined && Date.now() - askedAt > askEveryMs) {
        askedAt = Date.now();
        const state = await describeSpark(lake.connection, lake.names.maintenanceJob, spark);
        if (state?.isActive !== true) endedAt ??= askedAt;
        // EventBridge promises no delivery: the function looks for itself once it is asked to.
        if (endedAt !== undefined && askedAt - endedAt > eventWithinMs) {
          await callFunction(lake, 'optimize-tables', eventOf(spark), work.signal);
        }
      }
      const seconds = Math.round((Date.now() - begun) / 1000);
      const open = (run.data?.tables ?? []).filter(({ phase }) => phase !== 'done' && phase !== 'failed');
      const at = spark === undefined ? open.map(({ table, phase }) => `${phase} ${table}`).join(', ') : spark.id;
      work.onEvent({ event: 'progress', id: 'optimize', text: `${String(seconds)} s: ${at}` });
      return undefined;
    },
    { withinMs: 6 * hours, everyMs: 2000, signal: work.signal },
  );
  if (ended !== undefined) return ended;
  throw new Fault('part', 'the maintenance has not ended within 6 hours', { where: optimizeLeaseKey, next });
}

/** The event by which a service says that Spark has ended, as far as the function reads it. */
function eventOf({ on, id }: StartedSpark): object {
  return on === 'glue'
    ? { 'detail-type': 'Glue Job State Change', detail: { jobRunId: id } }
    : { 'detail-type': 'EMR Step Status Change', detail: { stepId: id } };
}

function leaseObject(lake: AwsLake): LeaseObject {
  return { connection: lake.connection, bucket: lake.names.buckets.artifacts, key: optimizeLeaseKey };
}

function isBusy({ holder, until }: { holder: string; until: string }): Fault {
  return new Fault('locked', `another maintenance of the tables runs: ${holder}`, {
    where: optimizeLeaseKey,
    next: `Wait for it to end. If it was killed, its lock ends at ${until}.`,
    facts: { holder, until },
  });
}

function namedTables(lake: AwsLake, { tables }: OptimizeOptions): string[] {
  const known = lake.lake.tables.map(({ name }) => name);
  const unknown = tables.find((table) => !known.includes(table));
  if (unknown === undefined) return tables;
  throw new Fault('usage', `no table ${unknown}`, { next: `There are: ${known.join(', ')}.` });
}
