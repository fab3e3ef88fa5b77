import { awsNames } from '../names.ts';

/** What `spark-submit` is told of a job (`docs/contracts.md`). */
export interface ClusterJob {
  id: string;
  jar: string;
  mainClass: string;
  /** of the jar, in hex */
  sha256: string;
}

/** Jobs whose work is all in the driver: their executor is there because Spark wants one. */
const withoutTasks = ['LakeLayers-1.0.jar'];

/** Spark's memory and cores for one job: four of them share a small cluster (12 GB of one m6g.xlarge), and an upkeep finds room to begin. */
const sizes = (job: ClusterJob) => [
  ['spark.driver.memory', '1g'],
  ['spark.driver.cores', '1'],
  ['spark.executor.memory', withoutTasks.includes(job.jar) ? '512m' : '1g'],
  ['spark.executor.cores', '1'],
  ['spark.executor.instances', '1'],
  ['spark.dynamicAllocation.enabled', 'false'],
  ['spark.sql.shuffle.partitions', '2'],
  // A driver that dies is tried once more by YARN; after that the step fails and is submitted again.
  ['spark.yarn.maxAppAttempts', '2'],
];

/** Path of a jar in the lake's artifacts. */
export function jarUri(prefix: string, jar: { jar: string; sha256: string }): string {
  return `s3://${awsNames(prefix).buckets.artifacts}/jars/${jar.sha256.slice(0, 16)}/${jar.jar}`;
}

/** A job as a step of the cluster, for `command-runner.jar`. Everybody who may see the cluster reads these: no secret stands in them. */
export function renderStep(
  job: ClusterJob,
  place: { prefix: string },
  more: string[] = [],
): { name: string; args: string[] } {
  const { artifacts } = awsNames(place.prefix).buckets;
  return {
    name: job.id,
    args: [
      ...['spark-submit', '--deploy-mode', 'cluster', '--master', 'yarn', '--name', job.id, '--class', job.mainClass],
      ...sizes(job).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      jarUri(place.prefix, job),
      ...['--spec', `s3://${artifacts}/spec/lake.json`, ...more],
    ],
  };
}
