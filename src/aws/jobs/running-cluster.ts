import { Fault } from '../../errors.ts';
import type { AwsLake } from '../lake.ts';
import { findCluster, type RunningCluster } from '../services/emr.ts';

/** The lake's cluster, found by its name so that any machine finds it. @throws Fault of kind `part` when none runs */
export async function requireCluster(lake: AwsLake): Promise<RunningCluster> {
  const found = await findCluster(lake.connection, lake.names.cluster);
  if (found !== undefined) return found;
  throw new Fault('part', `no cluster ${lake.names.cluster} runs in ${lake.connection.region}`, {
    where: lake.names.cluster,
    next: 'Run "cryptodm up": it makes what is missing, also after the end of the time to live.',
  });
}
