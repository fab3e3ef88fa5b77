import { Fault } from '../../errors.ts';
import type { Work } from '../../work.ts';
import { requireDeployment } from '../deployment/last-deployment.ts';
import { runStep } from '../jobs/awaited-step.ts';
import { renderStep } from '../jobs/emr-step.ts';
import { clusterJob } from '../jobs/jobs.ts';
import { requireCluster } from '../jobs/running-cluster.ts';
import type { AwsLake } from '../lake.ts';
import { activeStates, listSteps } from '../services/emr.ts';

/** Name of the step, and of its log. */
const name = 'index-rebuild';

/**
 * Rebuilds the index from the tables, as a step of the cluster: only there tables, brokers and the user of the index can be reached. One
 * that was stopped goes on where it was.
 * @returns id of the step
 * @throws Fault of kind `locked` while another one is at work, `part` when the step fails
 */
export async function rebuildCloudIndex(lake: AwsLake, work: Work, task: 'rebuild' | 'fill'): Promise<string> {
  const [cluster, { jars }] = await Promise.all([requireCluster(lake), requireDeployment(lake)]);
  const steps = await listSteps(lake.connection, cluster.id);
  const running = steps.find((step) => step.name === name && activeStates.has(step.state));
  if (running !== undefined) {
    throw new Fault('locked', 'the index is being rebuilt already', {
      where: running.id,
      next: 'Wait for the step to end, or stop the command that waits for it with Ctrl-C.',
    });
  }
  const job = { id: name, jar: 'KafkaConsumerCryptoElastic-1.0.jar', mainClass: 'io.cryptodm.jobs.IndexTasks' };
  const step = renderStep(clusterJob(job, jars), { prefix: lake.prefix }, [task]);
  return runStep(lake, work, { cluster: cluster.id, step, what: 'rebuilding the index', log: name });
}
