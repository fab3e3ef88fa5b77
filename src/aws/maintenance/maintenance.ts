import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { lackOfMemory } from '../jobs/cluster-memory.ts';
import { renderStep } from '../jobs/emr-step.ts';
import { holdLease, isHeld, optimizeLeaseKey, readLease, type LeaseObject } from '../services/lease.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { keepDays, renderOptions, type OptimizeOptions } from '../../lake/maintenance.ts';
import type { Work } from '../../work.ts';
import { callFunction } from '../calls/function-calls.ts';
import { clusterJob } from '../jobs/jobs.ts';
import type { AwsLake } from '../lake.ts';
import { requireDeployment } from '../deployment/last-deployment.ts';
import { requireCluster } from '../jobs/running-cluster.ts';
import { runStep } from '../jobs/awaited-step.ts';

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
export type AwsOptimized = { seconds: number } & (
  { via: 'athena'; tables: z.infer<typeof tableSchema>[] } | { via: 'spark'; step: string }
);

const answerSchema = z.union([
  z.object({ started: z.array(z.object({ table: z.string(), queryId: z.string() })) }),
  z.object({ busy: z.object({ holder: z.string(), until: z.string() }) }),
]);

const hours = 3_600_000;
const leaseSeconds = 900;

/**
 * Starts the maintenance by the function and waits until it has given its lease back.
 * @throws Fault of kind `locked` while another maintenance runs, `part` when the function fails or does not end
 */
export async function optimizeByFunction(lake: AwsLake, work: Work, options: OptimizeOptions): Promise<AwsOptimized> {
  refuseWhatAthenaCannot(options);
  const begun = Date.now();
  const tables = namedTables(lake, options);
  const payload = tables.length === 0 ? {} : { tables };
  const answer = answerSchema.parse(await callFunction(lake, 'optimize-tables', payload, work.signal));
  if ('busy' in answer) throw isBusy(answer.busy);
  const run = await awaitRun(lake, work, begun);
  return { via: 'athena', tables: run.tables, seconds: (Date.now() - begun) / 1000 };
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

/** Waits for the end of a run: the function writes into its lease how far it is. */
async function awaitRun(lake: AwsLake, work: Work, begun: number): Promise<z.infer<typeof runSchema>> {
  const where = leaseObject(lake);
  const next = 'See "cryptodm logs optimize-tables", then run the same command: it continues with what is left.';
  const ended = await awaitAnswer(
    async () => {
      const lease = await readLease<unknown>(where);
      const run = runSchema.safeParse(lease?.note);
      if (run.data?.endedAt !== undefined) return run.data;
      if (lease !== undefined && !isHeld(lease)) {
        throw new Fault('part', 'the maintenance stopped before its end', { where: optimizeLeaseKey, next });
      }
      const seconds = Math.round((Date.now() - begun) / 1000);
      const open = (run.data?.tables ?? []).filter(({ phase }) => phase !== 'done' && phase !== 'failed');
      const at = open.map(({ table, phase }) => `${phase} ${table}`).join(', ');
      work.onEvent({ event: 'progress', id: 'optimize', text: `${String(seconds)} s: ${at}` });
      return undefined;
    },
    { withinMs: 6 * hours, everyMs: 2000, signal: work.signal },
  );
  if (ended !== undefined) return ended;
  throw new Fault('part', 'the maintenance has not ended within 6 hours', { where: optimizeLeaseKey, next });
}

/**
 * Runs the maintenance as a step of the cluster, under the lease that the function needs, too. Ctrl-C cancels the step.
 * @throws Fault of kind `locked` while another maintenance runs, `part` when the step fails
 */
export async function optimizeBySpark(lake: AwsLake, work: Work, options: OptimizeOptions): Promise<AwsOptimized> {
  const begun = Date.now();
  const tables = namedTables(lake, options);
  const [cluster, { jars, aws }] = await Promise.all([requireCluster(lake), requireDeployment(lake)]);
  const job = { id: 'optimize', jar: 'IcebergOptimize-1.0.jar', mainClass: 'io.cryptodm.optimize.IcebergOptimize' };
  const lack = lackOfMemory(aws.emr, [...lake.lake.jobs, job]);
  if (lack !== undefined) {
    throw new Fault('settings', `the maintenance does not fit into the cluster beside the stream jobs: ${lack}`, {
      where: 'aws.emr.core',
      next: 'Leave out "--via spark", or choose a larger type.',
    });
  }
  const step = renderStep(clusterJob(job, jars), { prefix: lake.prefix }, renderOptions({ ...options, tables }));
  const id = await underLease(leaseObject(lake), () =>
    runStep(lake, work, { cluster: cluster.id, step, what: 'the maintenance', log: 'optimize' }),
  );
  return { via: 'spark', step: id, seconds: (Date.now() - begun) / 1000 };
}

/** Holds the lease during an action. @throws Fault of kind `locked` when another process holds it */
async function underLease<T>(where: LeaseObject, act: () => Promise<T>): Promise<T> {
  const holder = `${userInfo().username}@${hostname()} ${randomUUID()}`;
  const lease = await holdLease(where, { holder, seconds: leaseSeconds, note: {} });
  if ('busy' in lease) throw isBusy(lease.busy);
  try {
    return await act();
  } finally {
    await lease.release();
  }
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
