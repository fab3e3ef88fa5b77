import * as z from 'zod';
import { age } from '../../tools/age.ts';
import type { AwsLake } from '../lake.ts';
import { optimizeLeaseKey, readLease } from '../services/lease.ts';

/** The last maintenance of the tables, or the one that runs. */
export interface MaintenanceStatus {
  via: 'athena' | 'glue' | 'emr';
  startedAt: string;
  /** absent while it runs */
  endedAt: string | undefined;
  tables: number;
  /** it failed for these, with the reason */
  failed: { table: string; reason: string }[];
}

/** The note that the function keeps in the lease (`src/aws/functions/maintenance-run.ts`). */
const noteSchema = z.object({
  startedAt: z.string(),
  endedAt: z.string().optional(),
  spark: z.object({ on: z.enum(['glue', 'emr']) }).optional(),
  tables: z.array(z.object({ table: z.string(), phase: z.string(), reason: z.string().optional() })),
});

/** What the lease remembers; undefined before the first maintenance. */
export async function readMaintenance({ connection, names }: AwsLake): Promise<MaintenanceStatus | undefined> {
  const lease = await readLease<unknown>({ connection, bucket: names.buckets.artifacts, key: optimizeLeaseKey });
  const note = noteSchema.safeParse(lease?.note).data;
  if (note === undefined) return undefined;
  const { startedAt, endedAt, spark, tables } = note;
  const failed = tables.flatMap(({ table, phase, reason = '' }) => (phase === 'failed' ? [{ table, reason }] : []));
  return { via: spark?.on ?? 'athena', startedAt, endedAt, tables: tables.length, failed };
}

/** One line, for people. */
export function describeMaintenance({ via, startedAt, endedAt, tables, failed }: MaintenanceStatus, now: Date): string {
  const by = { athena: 'Athena', glue: 'Spark in Glue', emr: 'Spark on EMR' }[via];
  if (endedAt === undefined) return `maintenance by ${by}: began ${age(startedAt, now)} ago`;
  const [first] = failed;
  const end = `ended ${age(endedAt, now)} ago`;
  if (first === undefined) return `maintenance by ${by}: ${end}, ${String(tables)} tables`;
  return `maintenance by ${by}: ${end}, failed for ${String(failed.length)} of ${String(tables)} tables: ${first.reason}`;
}
