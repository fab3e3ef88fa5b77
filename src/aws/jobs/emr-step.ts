import { awsNames } from '../names.ts';

/** The parts of a job that `spark-submit` needs (`docs/contracts.md`). */
export interface ClusterJob {
  id: string;
  jar: string;
  mainClass: string;
  /** hash of the jar, in hex */
  sha256: string;
}

/** MB that Spark adds to a heap for the rest of a process: a tenth, but at least so many (`spark.executor.memoryOverhead`). */
const leastOverhead = 384;

/**
 * Heaps of a job in MB. On one machine all jobs together run in half a GB: a driver of a stream keeps the keys of its tables, an executor the records of
 * a batch. Layers and maintenance do all their work in the driver and have an executor only because Spark needs one.
 */
function heapsOf({ jar }: Pick<ClusterJob, 'jar'>): { driver: number; master: number; executor: number } {
  return { driver: jar.startsWith('KafkaConsumer') ? 768 : 1024, master: 384, executor: 512 };
}

/**
 * Memory of the processes of a job in MB. The driver runs on the primary node, beside YARN. Application master and executor are containers on the
 * core nodes.
 */
export function memoryOf(job: Pick<ClusterJob, 'jar'>): { driver: number; master: number; executor: number } {
  const whole = (heap: number) => heap + Math.max(leastOverhead, Math.ceil(heap / 10));
  const { driver, master, executor } = heapsOf(job);
  return { driver: whole(driver), master: whole(master), executor: whole(executor) };
}

/** Spark's settings for one job. */
const settingsOf = (job: ClusterJob) => [
  ['spark.driver.memory', `${String(heapsOf(job).driver)}m`],
  ['spark.yarn.am.memory', `${String(heapsOf(job).master)}m`],
  ['spark.executor.memory', `${String(heapsOf(job).executor)}m`],
  ['spark.executor.cores', '1'],
  ['spark.executor.instances', '1'],
  ['spark.dynamicAllocation.enabled', 'false'],
  ['spark.sql.shuffle.partitions', '2'],
  // EMR would write each event of a stream to HDFS, for ever.
  ['spark.eventLog.enabled', 'false'],
];

/** Address of a jar in the lake's artifacts. */
export function jarUri(prefix: string, jar: { jar: string; sha256: string }): string {
  return `s3://${awsNames(prefix).buckets.artifacts}/jars/${jar.sha256.slice(0, 16)}/${jar.jar}`;
}

/** A job as a step of the cluster, for `command-runner.jar`. All who may see the cluster can read it: it holds no secret. */
export function renderStep(
  job: ClusterJob,
  lake: { prefix: string },
  more: string[] = [],
): { name: string; args: string[] } {
  const { artifacts } = awsNames(lake.prefix).buckets;
  return {
    name: job.id,
    args: [
      // The step is the driver: it ends with the step.
      ...['spark-submit', '--deploy-mode', 'client', '--master', 'yarn', '--name', job.id, '--class', job.mainClass],
      ...settingsOf(job).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      jarUri(lake.prefix, job),
      ...['--spec', `s3://${artifacts}/spec/lake.json`, ...more],
    ],
  };
}
