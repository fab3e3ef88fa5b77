import assert from 'node:assert/strict';
import { lackOfMemory, memoryOfNodes } from '../../../../src/aws/jobs/cluster-memory.ts';
import { executorsOf, memoryOf, renderStep } from '../../../../src/aws/jobs/emr-step.ts';
import { declareLake } from '../../../../src/lake/declaration.ts';
import { defaultSettings } from '../../../../src/settings/defaults.ts';
import { readSettings } from '../../../../src/settings/settings.ts';

/**
 * MB of a node: what it has, and the heaps of Hadoop's daemons on the primary one ("Hadoop daemon configuration settings" of EMR's release guide),
 * of which `cdktf/constructs/compute.ts` makes two smaller.
 */
const nodes: Readonly<Record<string, { whole: number; daemons: number[] }>> = {
  'm6g.xlarge': { whole: 16_384, daemons: [2401, 512, 512, 1766] },
};
/** Spark's history server, EMR's own programs and the system. */
const othersOnPrimary = 2048;
/** `capacity-scheduler` of `cdktf/constructs/compute.ts`. */
const mastersShare = 0.8;

describe('the steps of a lake in an account', () => {
  const { emr } = defaultSettings({}, '')['aws'] as { emr: { primary: string; core: string; coreCount: number } };
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  const declared = declareLake(['BTC/USD']).jobs;
  const jobs = declared.map((job) => memoryOf(job));
  /** What is written of the cluster, and the partitions of a topic. */
  const given = (its: object, partitions = 2) =>
    readSettings({ flags: { target: 'aws', aws: { emr: its }, topics: { partitions } }, env: {}, cwd: '/nowhere' });
  const usual = executorsOf(given({}));
  const maintenance = memoryOf({ jar: 'IcebergOptimize-1.0.jar' });

  it('are five streams, of which one reads the trades of exchanges', () => {
    const ids = declared.map(({ id }) => id);
    assert.deepEqual(ids, [
      'quotes-iceberg',
      'trades-iceberg',
      'market-iceberg',
      'quotes-elasticsearch',
      'lake-layers',
    ]);
  });

  it('leave room in the default cluster for a maintenance and for a job that is submitted again', () => {
    const all = [...declared, { jar: 'IcebergOptimize-1.0.jar' }, { jar: 'LakeLayers-1.0.jar' }];
    assert.equal(lackOfMemory(emr, all, usual), undefined);
    const masters = sum(all.map((job) => memoryOf(job).master));
    const room = memoryOfNodes(emr) ?? 0;
    assert.ok(masters <= room * mastersShare, `masters: ${String(masters)} of ${String(room * mastersShare)} MB`);
  });

  it('are refused where they would wait for memory for ever', () => {
    const lack = lackOfMemory({ core: 'c6g.xlarge', coreCount: 1 }, declared, usual);
    assert.equal(lack, 'they need 8320 MB, and YARN has 5632 MB on 1 x c6g.xlarge');
    assert.equal(lackOfMemory({ core: 'c6g.xlarge', coreCount: 2 }, declared, usual), undefined);
    // What EMR's table does not know is tried.
    assert.equal(lackOfMemory({ core: 'x9.nano', coreCount: 1 }, declared, usual), undefined);
  });

  it('use each core node, as far as a topic has partitions for its executor', () => {
    assert.deepEqual(usual, { count: 1, cores: 1, memory: 512 });
    assert.equal(executorsOf(given({ coreCount: 3 }, 6)).count, 3);
    assert.equal(executorsOf(given({ coreCount: 3 }, 2)).count, 2);
    assert.equal(executorsOf(given({ coreCount: 3, executorCores: 4 }, 6)).count, 2);
    assert.equal(executorsOf(given({ coreCount: 3, executors: 6 }, 6)).count, 6);
  });

  it('say their executors to Spark, and layers stay in their driver', () => {
    const executors = executorsOf(given({ coreCount: 3, executorCores: 2, executorMemory: 2048 }, 6));
    for (const job of declared) {
      const { args } = renderStep({ ...job, sha256: 'ab'.repeat(32) }, { prefix: 'acme', executors });
      const [instances, cores, memory] = job.id === 'lake-layers' ? ['1', '1', '512m'] : ['3', '2', '2048m'];
      assert.ok(args.includes(`spark.executor.instances=${instances}`), job.id);
      assert.ok(args.includes(`spark.executor.cores=${cores}`), job.id);
      assert.ok(args.includes(`spark.executor.memory=${memory}`), job.id);
    }
  });

  it('are refused where executors do not fit into the nodes, together or one of them', () => {
    const three = given({ coreCount: 3 }, 6);
    // Five masters, three executors of four streams, and one of the layers.
    assert.equal(lackOfMemory(three.aws.emr, declared, executorsOf(three)), undefined);
    const large = given({ coreCount: 3, executorMemory: 4096 }, 6);
    assert.equal(
      lackOfMemory(large.aws.emr, declared, executorsOf(large)),
      'they need 58808 MB, and YARN has 35136 MB on 3 x m6g.xlarge',
    );
    const one = given({ coreCount: 3, executors: 1, executorMemory: 12_000 });
    assert.equal(
      lackOfMemory(one.aws.emr, declared, executorsOf(one)),
      'one of them needs 13200 MB, and YARN has 11712 MB on a m6g.xlarge',
    );
  });

  it('have their drivers beside the daemons of the primary node', () => {
    const primary = nodes[emr.primary] ?? { whole: 0, daemons: [] };
    const drivers = sum([...jobs, maintenance].map(({ driver }) => driver));
    const whole = drivers + sum(primary.daemons) + othersOnPrimary;
    assert.ok(whole <= primary.whole, `${String(whole)} of ${String(primary.whole)} MB`);
  });

  it('are submitted with just these sizes, each step being its driver', () => {
    for (const { id, jar, mainClass } of declareLake(['BTC/USD']).jobs) {
      const { args } = renderStep({ id, jar, mainClass, sha256: 'ab'.repeat(32) }, { prefix: 'acme' });
      const heap = (name: string) => {
        const given = args.find((argument) => argument.startsWith(`spark.${name}.memory=`));
        return Number(/=(\d+)m$/.exec(given ?? '')?.[1]);
      };
      const submitted = {
        ...{ driver: heap('driver') + 384, master: heap('yarn.am') + 384, executors: [heap('executor') + 384] },
      };
      assert.deepEqual(submitted, memoryOf({ jar }), id);
      assert.deepEqual(args.slice(0, 3), ['spark-submit', '--deploy-mode', 'client'], id);
      assert.ok(args.includes('spark.eventLog.enabled=false'), id);
    }
  });
});
