import { awsNames } from '../names.ts';

/** The parts of a job that `spark-submit` needs (`docs/contracts.md`). */
export interface ClusterJob {
  id: string;
  jar: string;
  mainClass: string;
  /** hash of the jar, in hex */
  sha256: string;
}

/** What YARN adds to a heap for the rest of a process: a tenth, but at least so many MB. */
const leastOverhead = 384;

/**
 * Heaps of a job in MB. All jobs share a small cluster (12 GB of one m6g.xlarge), and a maintenance must find room to start. On one machine they all
 * run in half a GB: a driver of a stream keeps the keys of its tables, an executor the records of a batch. Layers and maintenance do all their work in
 * the driver and have an executor only because Spark needs one.
 */
function heapsOf({ jar }: Pick<ClusterJob, 'jar'>): { driver: number; executor: number } {
  return { driver: jar.startsWith('KafkaConsumer') ? 768 : 1024, executor: 512 };
}

/** Memory that YARN gives to the processes of a job, in MB. */
export function containersOf(job: Pick<ClusterJob, 'jar'>): { driver: number; executor: number } {
  const whole = (heap: number) => heap + Math.max(leastOverhead, Math.ceil(heap / 10));
  const { driver, executor } = heapsOf(job);
  return { driver: whole(driver), executor: whole(executor) };
}

/** Spark's memory and cores for one job. */
const sizes = (job: ClusterJob) => [
  ['spark.driver.memory', `${String(heapsOf(job).driver)}m`],
  ['spark.driver.cores', '1'],
  ['spark.executor.memory', `${String(heapsOf(job).executor)}m`],
  ['spark.executor.cores', '1'],
  ['spark.executor.instances', '1'],
  ['spark.dynamicAllocation.enabled', 'false'],
  ['spark.sql.shuffle.partitions', '2'],
  // YARN starts a failed driver once more; after that the step fails and is submitted again.
  ['spark.yarn.maxAppAttempts', '2'],
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
      ...['spark-submit', '--deploy-mode', 'cluster', '--master', 'yarn', '--name', job.id, '--class', job.mainClass],
      ...sizes(job).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      jarUri(lake.prefix, job),
      ...['--spec', `s3://${artifacts}/spec/lake.json`, ...more],
    ],
  };
}
