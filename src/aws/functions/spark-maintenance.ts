import type { OptimizeOptions } from '../../lake/maintenance.ts';
import { renderOptions } from '../../lake/maintenance.ts';
import { renderStep } from '../jobs/emr-step.ts';
import { glueArgument, glueMaintenance, renderGlueArgument, maintenanceMain } from '../maintenance/spark-job.ts';
import { addSteps, findCluster } from '../services/emr.ts';
import { startJobRun } from '../services/glue-jobs.ts';
import { describeSpark } from '../services/spark-runs.ts';
import type { LakeEnvironment } from './environment.ts';
import { endOfSpark, type MaintenanceRun, type SparkRun, type TableMaintenance } from './maintenance-run.ts';

/** A maintenance that Spark does. */
export interface SparkRequest {
  on: SparkRun['on'];
  /** without the tables */
  options: Omit<OptimizeOptions, 'tables'>;
}

/** Seconds after which Spark has ended in any case: Glue ends a run at its time limit, and a step has no end of its own. */
export function sparkSeconds({ on }: SparkRun): number {
  return on === 'glue' ? (glueMaintenance.timeoutMinutes + 15) * 60 : 6 * 3600;
}

/** Where Spark does the maintenance of this lake. */
export function sparkOf(lake: LakeEnvironment): SparkRun['on'] {
  return lake.variable('MAINTENANCE') === 'emr' ? 'emr' : 'glue';
}

/** Starts Spark. @returns the run with what was started, or, where that failed, with the reason at its tables */
export async function startSpark(
  lake: LakeEnvironment,
  run: MaintenanceRun,
  { on, options }: SparkRequest,
): Promise<MaintenanceRun> {
  const args = renderOptions({ ...options, tables: run.tables.map(({ table }) => table) });
  try {
    return { ...run, spark: on === 'glue' ? await startInGlue(lake, args) : await startOnEmr(lake, args) };
  } catch (error) {
    return { ...run, tables: endOfSpark(run.tables, `it could not be started: ${messageOf(error)}`) };
  }
}

async function startInGlue(lake: LakeEnvironment, args: string[]): Promise<SparkRun> {
  const spec = `s3://${lake.spec.bucket}/${lake.spec.key}`;
  const given = renderGlueArgument(['--spec', spec, ...args]);
  return { on: 'glue', id: await startJobRun(lake.connection, jobOf(lake), { [glueArgument]: given }) };
}

async function startOnEmr(lake: LakeEnvironment, args: string[]): Promise<SparkRun> {
  const cluster = await findCluster(lake.connection, lake.variable('CLUSTER_NAME') ?? `${lake.lake}-jobs`);
  if (cluster === undefined) throw new Error('no cluster runs');
  const main = { ...maintenanceMain, sha256: lake.variable('MAINTENANCE_JAR_SHA256') ?? '' };
  const [id = ''] = await addSteps(lake.connection, cluster.id, [renderStep(main, { prefix: lake.lake }, args)]);
  return { on: 'emr', id, cluster: cluster.id };
}

/** The tables after a look at Spark: as they were while it works. */
export async function settleSpark(
  lake: LakeEnvironment,
  tables: readonly TableMaintenance[],
  spark: SparkRun,
): Promise<TableMaintenance[]> {
  const { id } = spark;
  if (id === undefined) return endOfSpark(tables, 'the function ended while it started Spark');
  const found = await describeSpark(lake.connection, jobOf(lake), { ...spark, id });
  if (found === undefined) return endOfSpark(tables, `${id} is not known any more`);
  const { state, reason, isActive } = found;
  if (isActive) return [...tables];
  const isDone = state === 'SUCCEEDED' || state === 'COMPLETED';
  return endOfSpark(tables, isDone ? undefined : `${state.toLowerCase()}${reason === undefined ? '' : `: ${reason}`}`);
}

function jobOf(lake: LakeEnvironment): string {
  return lake.variable('MAINTENANCE_JOB') ?? `${lake.lake}-optimize`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
