import assert from 'node:assert/strict';
import { containersOf, renderStep } from '../../../../src/aws/jobs/emr-step.ts';
import { declareLake } from '../../../../src/lake/declaration.ts';
import { defaultSettings } from '../../../../src/settings/defaults.ts';

/** MB that YARN has on a node: "Default values for task configuration settings" of EMR's release guide. */
const nodeMemory: Readonly<Record<string, number>> = { 'm6g.xlarge': 12_288 };
/** `capacity-scheduler` of `cdktf/constructs/compute.ts`. */
const driversShare = 0.8;

describe('the steps of a lake in an account', () => {
  const { core, coreCount } = (defaultSettings({}, '')['aws'] as { emr: { core: string; coreCount: number } }).emr;
  const room = (nodeMemory[core] ?? 0) * coreCount;
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);

  it('fit into the memory of the default cluster, all jobs together with the driver of a maintenance', () => {
    const jobs = declareLake(['BTC/USD']).jobs.map(containersOf);
    const maintenance = containersOf({ jar: 'IcebergOptimize-1.0.jar' });
    const drivers = sum([...jobs, maintenance].map(({ driver }) => driver));
    const whole = drivers + sum(jobs.map(({ executor }) => executor));
    assert.ok(whole <= room, `${String(whole)} of ${String(room)} MB`);
    assert.ok(drivers <= room * driversShare, `drivers: ${String(drivers)} of ${String(room * driversShare)} MB`);
  });

  it('are submitted with just these sizes', () => {
    for (const { id, jar, mainClass } of declareLake(['BTC/USD']).jobs) {
      const { args } = renderStep({ id, jar, mainClass, sha256: 'ab'.repeat(32) }, { prefix: 'acme' });
      const heap = (name: string) => {
        const given = args.find((argument) => argument.startsWith(`spark.${name}.memory=`));
        return Number(/=(\d+)m$/.exec(given ?? '')?.[1]);
      };
      assert.deepEqual({ driver: heap('driver') + 384, executor: heap('executor') + 384 }, containersOf({ jar }), id);
    }
  });
});
