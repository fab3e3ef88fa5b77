import type { Settings } from '../../settings/schema.ts';
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

/** Executors of one job. */
export interface Executors {
  count: number;
  /** tasks at the same time of each */
  cores: number;
  /** heap of each, MB */
  memory: number;
}

/** Layers and maintenance do all their work in the driver and have an executor only because Spark needs one. */
const one: Executors = { count: 1, cores: 1, memory: 512 };

/**
 * Executors of each stream job by the settings. A partition of a topic is read by one task, so executors beyond the partitions would never have work; by
 * default each core node has one.
 */
export function executorsOf({ aws: { emr }, topics }: Pick<Settings, 'aws' | 'topics'>): Executors {
  const { coreCount, executorCores: cores, executorMemory: memory } = emr;
  return { count: emr.executors ?? Math.min(coreCount, Math.ceil(topics.partitions / cores)), cores, memory };
}

const isStream = ({ jar }: Pick<ClusterJob, 'jar'>) => jar.startsWith('KafkaConsumer');

/** Heap of the driver of a stream job, MB: it keeps the keys of its tables, and the positions of a batch's rows. */
export const streamDriverHeap = 768;

/** Heaps of a job in MB. */
function heapsOf(
  job: Pick<ClusterJob, 'jar'>,
  executors: Executors,
): { driver: number; master: number; executor: number } {
  return { driver: isStream(job) ? streamDriverHeap : 1024, master: 384, executor: ofJob(job, executors).memory };
}

function ofJob(job: Pick<ClusterJob, 'jar'>, executors: Executors): Executors {
  return isStream(job) ? executors : one;
}

/**
 * Memory of the processes of a job in MB. The driver runs on the primary node, beside YARN. Application master and executors are containers on the
 * core nodes.
 */
export function memoryOf(
  job: Pick<ClusterJob, 'jar'>,
  executors: Executors = one,
): { driver: number; master: number; executors: number[] } {
  const whole = (heap: number) => heap + Math.max(leastOverhead, Math.ceil(heap / 10));
  const { driver, master, executor } = heapsOf(job, executors);
  const { count } = ofJob(job, executors);
  return { driver: whole(driver), master: whole(master), executors: Array<number>(count).fill(whole(executor)) };
}

/** Spark's settings for one job. */
const settingsOf = (job: ClusterJob, executors: Executors) => [
  ['spark.driver.memory', `${String(heapsOf(job, executors).driver)}m`],
  ['spark.yarn.am.memory', `${String(heapsOf(job, executors).master)}m`],
  ['spark.executor.memory', `${String(heapsOf(job, executors).executor)}m`],
  ['spark.executor.cores', String(ofJob(job, executors).cores)],
  ['spark.executor.instances', String(ofJob(job, executors).count)],
  ['spark.dynamicAllocation.enabled', 'false'],
  ['spark.sql.shuffle.partitions', '2'],
  // EMR would write each event of a stream to HDFS, for ever.
  ['spark.eventLog.enabled', 'false'],
];

/** Address of a jar in the lake's artifacts. */
export function jarUri(prefix: string, jar: { jar: string; sha256: string }): string {
  return `s3://${awsNames(prefix).buckets.artifacts}/jars/${jar.sha256.slice(0, 16)}/${jar.jar}`;
}

/**
 * A job as a step of the cluster, for `command-runner.jar`. All who may see the cluster can read it: it holds no secret.
 * @param lake `executors`: of a stream job; absent: one, for what does its work in the driver
 */
export function renderStep(
  job: ClusterJob,
  lake: { prefix: string; executors?: Executors },
  more: string[] = [],
): { name: string; args: string[] } {
  const { artifacts } = awsNames(lake.prefix).buckets;
  return {
    name: job.id,
    args: [
      // The step is the driver: it ends with the step.
      ...['spark-submit', '--deploy-mode', 'client', '--master', 'yarn', '--name', job.id, '--class', job.mainClass],
      ...settingsOf(job, lake.executors ?? one).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      jarUri(lake.prefix, job),
      ...['--spec', `s3://${artifacts}/spec/lake.json`, ...more],
    ],
  };
}
