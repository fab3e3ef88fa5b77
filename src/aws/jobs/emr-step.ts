import { awsNames } from '../names.ts';

/** The parts of a job that `spark-submit` needs (`docs/contracts.md`). */
export interface ClusterJob {
  id: string;
  jar: string;
  mainClass: string;
  /** hash of the jar, in hex */
  sha256: string;
}

/** Jobs that do all work in the driver: they have an executor only because Spark needs one. */
const withoutTasks = ['LakeLayers-1.0.jar'];

/** Spark's memory and cores for one job: four jobs share a small cluster (12 GB of one m6g.xlarge), and a maintenance must find room to start. */
const sizes = (job: ClusterJob) => [
  ['spark.driver.memory', '1g'],
  ['spark.driver.cores', '1'],
  ['spark.executor.memory', withoutTasks.includes(job.jar) ? '512m' : '1g'],
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
