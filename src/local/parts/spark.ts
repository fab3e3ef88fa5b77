import { isStreamJob, type Lake } from '../../lake/schema.ts';
import type { LocalLake } from '../lake.ts';
import type { Toolchain } from '../setup/preparation.ts';
import type { Daemon, Heartbeat } from './daemon.ts';
import { classPath, graceMs, javaCommand, jvmArgs, partEnv, type Jvm } from './jvm.ts';
import type { LakePart } from './part.ts';
import { jvmOf, type ArchiveMode } from './part-jvm.ts';
import type { Task } from './task.ts';

/** The process of the stream jobs. */
export function sparkPart(lake: LocalLake, declaration: Lake, toolchain: Toolchain, mode: ArchiveMode): LakePart {
  const { layout } = lake;
  const daemon = sparkJobs({
    jvm: jvmOf('spark', lake, toolchain, mode),
    title: toolchain.servers.spark.title,
    jars: jarsOf(toolchain),
    spec: layout.spec,
    cores: lake.settings.spark.cores,
    folder: layout.temporary,
    log: layout.log('spark'),
  });
  return {
    daemon: { ...daemon, beats: heartbeatsOf(lake, declaration) },
    // Its start is the longest: it begins at once and waits itself for topics and tables.
    needs: ['resident', 'checkpoints-folder', 'temporary-folder'],
    readsSpec: true,
    stopsBefore: ['kafka', 'elasticsearch'],
  };
}

/** Where each job writes its progress, with the topic that it reads, if it reads one. */
function heartbeatsOf({ layout, declaredBroker: broker }: LocalLake, { topics, jobs }: Lake): Heartbeat[] {
  const names = new Map<string, string>(topics.map((topic) => [topic.id, topic.name]));
  return jobs.map((job) => ({
    file: layout.jobProgress(job.id),
    name: job.title,
    ...(isStreamJob(job) ? { follows: { ...broker, topic: names.get(job.topic) ?? '' } } : {}),
  }));
}

/** A main of ours that ends by itself, on the class path of the stream jobs. */
export function lakeTask(
  lake: LocalLake,
  toolchain: Toolchain,
  mainClass: SparkTask['mainClass'],
  args: string[],
): Task {
  const jvm = jvmOf('spark', lake, toolchain, 'use');
  return sparkTask({ jvm, jars: jarsOf(toolchain), spec: lake.layout.spec, mainClass, args });
}

function jarsOf({ servers, jars }: Toolchain): SparkJars {
  return { server: servers.spark.jars, ours: jars.spark };
}

export interface SparkJars {
  /** jars of Spark, Iceberg and the catalog's driver, in a fixed order */
  server: string[];
  /** paths of our jars that go with them, in a fixed order */
  ours: string[];
}

export interface SparkJobs {
  jvm: Jvm;
  /** such as `Spark 3.5.7` */
  title: string;
  jars: SparkJars;
  /** path of the spec */
  spec: string;
  /** tasks at the same time */
  cores: number;
  /** working folder: Spark leaves temporary folders there */
  folder: string;
  log: string;
  /** secrets that the spec names by their environment variables */
  env?: Record<string, string>;
}

/** One JVM that runs all jobs of the spec. */
export function sparkJobs({ jvm, title, jars, spec, cores, folder, log, env = {} }: SparkJobs): Daemon {
  const settings = [...ownThreads, `-Dspark.master=local[${String(cores)}]`];
  return {
    id: 'spark',
    title,
    command: javaCommand(jvm.javaHome),
    args: [...jvmArgs(jvm), ...settings, '-cp', sparkClassPath(jars), 'io.cryptodm.local.LakeJobs', '--spec', spec],
    env: { ...sparkEnv, ...env },
    cwd: folder,
    log,
    graceMs: graceMs(20_000, jvm.archive),
    ports: [],
  };
}

export interface SparkTask {
  jvm: Jvm;
  jars: SparkJars;
  spec: string;
  mainClass: 'io.cryptodm.local.Functions' | 'io.cryptodm.optimize.IcebergOptimize' | 'io.cryptodm.jobs.IndexTasks';
  /** what follows `--spec FILE`, such as `create-tables` */
  args: string[];
}

/** A main that ends by itself, on the class path of the jobs: the command for a process in the foreground. */
export function sparkTask({ jvm, jars, spec, mainClass, args }: SparkTask): Task {
  return {
    command: javaCommand(jvm.javaHome),
    args: [...jvmArgs(jvm), '-cp', sparkClassPath(jars), mainClass, '--spec', spec, ...args],
    env: sparkEnv,
  };
}

export function sparkClassPath({ server, ours }: SparkJars): string {
  return classPath([...server, ...ours]);
}

/** A batch reads its few local manifests sooner than Iceberg looks whether its pool has read them. */
const ownThreads = ['-Diceberg.scan.plan-in-worker-pool=false'];

/** Without it Spark asks the resolver for this machine's name, which takes seconds on some networks. */
const sparkEnv = { ...partEnv, SPARK_LOCAL_IP: '127.0.0.1', SPARK_LOCAL_HOSTNAME: 'localhost' };
