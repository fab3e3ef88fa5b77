import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { startEngine, type Engine } from '../../../bench/engine.ts';
import { preload, type Load } from '../../../bench/load.ts';
import { committedOffsets, quoteTable, writeOneJobSpec } from '../../../bench/ours.ts';
import { history } from '../../../bench/quotes.ts';
import { SearchNode } from '../../../bench/search-node.ts';
import { Stage, type Ground } from '../../../bench/stage.ts';
import { pointerOf, TableReading } from '../../../bench/table-reading.ts';
import { createTables } from '../../../src/local/steps/tables.ts';
import { javaCommand, readJvmOptions } from '../../../src/local/parts/jvm.ts';
import type { BuiltJars } from '../../../src/toolchain/jars.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { javaHome, prepareJars, prepareServers } from '../../support/aws/java.ts';
import { clusterJars } from '../../support/aws/spark-submit.ts';

const topic = 'executors';
const records = 1_000_000;
const second = 1000;

/** Two workers with an executor of one core each: processes of their own, which get the job's jar from the driver. */
const master = 'local-cluster[2,1,1024]';

describe('a Spark with several executors', function () {
  this.timeout(600 * second);
  let stage: Stage;
  let load: Omit<Load, 'sent'>;
  let classPath: string[];

  before(async () => {
    stage = await Stage.open();
    await stage.createTopic(topic);
    load = await preload(stage.broker, topic, history(records, 500, 11));
    const { spark } = await prepareServers();
    // The tables are in folders here, and their catalog in SQLite; on a cluster it is Glue.
    classPath = [...(await clusterJars()), ...spark.jars.filter((jar) => basename(jar).startsWith('sqlite-jdbc'))];
  });

  after(async () => {
    await stage.close();
  });

  /** Submits the jar of a job as a cluster does. */
  async function submit(ground: Ground, jar: Parameters<BuiltJars['path']>[0], mainClass: string): Promise<Engine> {
    const folder = join(dirname(ground.layout.spec), 'cluster');
    const jars = join(folder, 'spark', 'jars');
    mkdirSync(jars, { recursive: true });
    for (const path of classPath) symlinkSync(path, join(jars, basename(path)));
    const settings = {
      'spark.driver.host': '127.0.0.1',
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.ui.enabled': 'false',
      'spark.executor.memory': '1g',
      'spark.local.dir': folder,
      'spark.sql.warehouse.dir': join(folder, 'warehouse'),
    };
    const built = await prepareJars();
    return startEngine({
      id: mainClass,
      ports: [],
      title: mainClass,
      command: javaCommand(javaHome()),
      args: [
        ...['-Xmx512m', ...readJvmOptions('templates', 'spark'), `-Djava.io.tmpdir=${folder}`, '-Duser.timezone=UTC'],
        ...['-cp', classPath.join(delimiter), 'org.apache.spark.deploy.SparkSubmit', '--master', master],
        ...Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
        ...['--class', `io.cryptodm.jobs.${mainClass}`, built.path(jar), '--spec', ground.layout.spec],
      ],
      env: {
        SPARK_HOME: join(folder, 'spark'),
        // Else Spark looks for the folders of its own build.
        SPARK_SCALA_VERSION: /spark-core_([\d.]+)-/.exec(classPath.join(delimiter))?.[1] ?? '',
        SPARK_LOCAL_IP: '127.0.0.1',
        JAVA_HOME: javaHome(),
      },
      cwd: folder,
      log: join(folder, 'job.log'),
      graceMs: 30 * second,
    });
  }

  /** Kills one executor of a job when that has begun. */
  async function killExecutor(job: Engine, share: () => Promise<number>): Promise<void> {
    const begun = await awaitAnswer(
      async () => {
        job.check();
        const part = await share();
        return part > 0 ? part : undefined;
      },
      { withinMs: 180 * second, everyMs: 50 },
    );
    assert.ok(begun !== undefined && begun < 1, `the job had done ${String(begun)} of its work`);
    const executors = executorsOf(job.pid);
    assert.equal(executors.length, 2, 'executors are processes of their own');
    process.kill(executors[0] ?? NaN, 'SIGKILL');
  }

  it('fills a table with what was sent, although an executor is killed', async () => {
    const ground = stage.ground('table');
    const { layout } = ground;
    writeOneJobSpec(ground, topic, 'quotes-to-table');
    await createTables(ground.parts.createTables, new AbortController().signal);
    const store = committedOffsets(layout.catalog, topic);
    const share = async () => {
      const mark = await store.look();
      const ends = mark === undefined ? new Map<number, number>() : await store.ends(mark);
      return [...ends.values()].reduce((sum, end) => sum + end, 0) / records;
    };
    const reading = await TableReading.open(layout.warehouse);
    const job = await submit(ground, 'KafkaConsumerCryptoS3-1.0.jar', 'KafkaConsumerCryptoS3');
    try {
      await killExecutor(job, share);
      const all = await awaitAnswer(
        async () => {
          job.check();
          return (await share()) === 1 ? true : undefined;
        },
        { withinMs: 300 * second, everyMs: 200 },
      );
      assert.ok(all, 'the table holds all records');
      const { rows } = await reading.verify(
        await pointerOf(layout.catalog, quoteTable),
        'revision',
        load.expected,
        true,
      );
      assert.equal(rows, load.expected.keys);
    } finally {
      await job.stop();
      reading.close();
    }
  });

  it('fills an index with what was sent, although an executor is killed', async () => {
    const ground = stage.ground('index');
    const node = await SearchNode.start(ground);
    try {
      writeOneJobSpec(ground, topic, 'quotes-to-index');
      const job = await submit(ground, 'KafkaConsumerCryptoElastic-1.0.jar', 'KafkaConsumerCryptoElastic');
      try {
        await killExecutor(job, async () => (await node.count()) / load.expected.keys);
        await node.awaitAll(load.expected, job);
      } finally {
        await job.stop();
      }
    } finally {
      await node.stop();
    }
  });
});

/** The executors that a process has started. */
function executorsOf(driver: number): number[] {
  const parents = new Map<number, number>();
  const executors: number[] = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('CoarseGrainedExecutorBackend'))
        executors.push(Number(name));
    } catch {
      // It has just ended.
    }
  }
  return executors.filter((pid) => isBelow(pid, driver, parents));
}

function isBelow(pid: number, above: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at)) if (at === above) return true;
  return false;
}
