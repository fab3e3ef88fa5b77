import { renderMarketDashboard } from '../../lake/kibana/market-dashboard.ts';
import { awsPlaceOf } from '../lake-steps.ts';
import { writeLastDeployment } from '../deployment/last-deployment.ts';
import { zonesAfter } from '../deployment/zones.ts';
import { readSecret } from '../services/secrets-manager.ts';
import { plan } from '../terraform/terraform.ts';
import type { Work } from '../../work.ts';
import { adoptConflicts } from '../terraform/taking-over.ts';
import type { AwsLake } from '../lake.ts';
import { imageStore, producerCluster } from '../containers/producer-cluster.ts';
import { playOn } from '../hosts/play.ts';
import { searchAccess } from '../search/access.ts';
import type { LakeStacks } from '../terraform/stacks.ts';
import { readProgress, streamCluster } from '../jobs/stream-cluster.ts';
import type { AwsSession } from './kinds.ts';
import type { SavedPlan } from './terraform.ts';

export interface SessionParts {
  lake: AwsLake;
  work: Work;
  stacks: LakeStacks;
  saved: Map<string, SavedPlan>;
  /** an earlier run stopped while it made the infrastructure: what exists already may be its */
  resumed: boolean;
}

export function awsSession({ lake, work, stacks, saved, resumed }: SessionParts): AwsSession {
  const { names, connection, layout } = lake;
  const tried = new Set<number>();
  return {
    stacks: {
      open: (stack, signal) => stacks.open(stack, signal),
      plans: saved,
      extent: stacks.deployment.extent,
      adopt: async (stack, conflicts, signal) => {
        if (!resumed) return undefined;
        const terraform = await stacks.open(stack, signal);
        const file = stacks.planFile(stack, 'up');
        const { accountId } = stacks.deployment;
        const adopted = await adoptConflicts(terraform, { connection, planFile: file, conflicts, accountId, signal });
        if (adopted.length === 0) return undefined;
        work.onEvent({ event: 'message', text: `Taken over from a run that was stopped: ${adopted.join(', ')}` });
        return { file, changes: (await plan(terraform, { file, signal })).changes };
      },
      moveOn: async (stack, full, signal) => {
        const { deployment } = stacks;
        // The host is in the public subnet, of which there is one.
        if (stack !== 'lake' || !full.every((address) => address.startsWith('aws_emr_cluster.'))) return undefined;
        tried.add(deployment.jobsZone);
        const next = zonesAfter(deployment.jobsZone, deployment.zones).find((zone) => !tried.has(zone));
        if (next === undefined) return undefined;
        const text = `There are no instances left for the cluster in zone ${String(deployment.jobsZone + 1)} of the lake: it starts in zone ${String(next + 1)}`;
        work.onEvent({ event: 'message', text });
        const moved = { ...deployment, jobsZone: next };
        await stacks.rewrite(moved);
        // Before it is made: a run that is killed now must find the cluster where it is.
        if (moved.backend.kind === 's3') await writeLastDeployment(lake, moved);
        const file = stacks.planFile(stack, 'up');
        return { file, changes: (await plan(await stacks.open(stack, signal), { file, signal })).changes };
      },
      destroyPlan: (stack) => stacks.planFile(stack, 'down'),
    },
    search: searchAccess(lake),
    savedObjects: renderMarketDashboard(lake.lake),
    spec: {
      connection,
      file: layout.spec,
      bucket: names.buckets.artifacts,
      key: 'spec/lake.json',
      generationsBucket: names.buckets.bronze,
      wentBack: async () => {
        const said = await Promise.all(lake.lake.jobs.map(({ id }) => readProgress(lake, id)));
        return said.flatMap((progress) => progress?.wentBack ?? []);
      },
      placeOf: async (outputs, searchUrl) =>
        awsPlaceOf(lake.settings, lake.prefix, outputs, {
          searchUrl: searchUrl ?? lake.settings.elastic.url ?? '',
          // Crypto prices need no key: those of an account of one's own are used where they were stored.
          marketKeys: (await readSecret(connection, names.secret('alpaca'))) !== undefined,
        }),
    },
    play: playOn(lake, work, stacks.deployment),
    images: imageStore(lake, work, stacks.deployment),
    tasks: producerCluster(lake),
    cluster: streamCluster(lake),
  };
}
