import type { StepKinds } from '../../engine/step.ts';
import { cloudIndexKind } from './cloud-index.ts';
import { renderMarketDashboard } from '../../lake/kibana/market-dashboard.ts';
import { kibanaObjectsKind } from './kibana-objects.ts';
import { playbookKind } from './playbook.ts';
import { searchUserKind } from './search-user.ts';
import { specObjectKind } from './spec-object.ts';
import { streamStepsKind } from './stream-steps.ts';
import { terraformKind, type SavedPlan } from './terraform.ts';
import { awsPlaceOf } from '../lake-steps.ts';
import { readSecret } from '../services/secrets-manager.ts';
import { plan } from '../terraform/terraform.ts';
import type { Work } from '../../work.ts';
import { adoptConflicts } from '../terraform/taking-over.ts';
import type { AwsLake } from '../lake.ts';
import { playOn } from '../hosts/play.ts';
import { searchAccess } from '../search/access.ts';
import type { LakeStacks } from '../terraform/stacks.ts';
import { streamCluster } from '../jobs/stream-cluster.ts';

/** What this machine adds to the steps of a lake in an account: folders, plans, clients. */
export interface KindsOf {
  lake: AwsLake;
  work: Work;
  stacks: LakeStacks;
  saved: Map<string, SavedPlan>;
  /** an earlier run stopped while it made the infrastructure: what stands already may be its */
  resumed: boolean;
}

export function awsKinds({ lake, work, stacks, saved, resumed }: KindsOf): StepKinds {
  const { names, place, layout } = lake;
  const access = searchAccess(lake);
  return {
    terraform: terraformKind({
      open: (stack, signal) => stacks.open(stack, signal),
      plans: saved,
      adopt: async (stack, conflicts, signal) => {
        if (!resumed) return undefined;
        const terraform = await stacks.open(stack, signal);
        const file = stacks.planFile(stack, 'up');
        const { accountId } = stacks.deployment;
        const adopted = await adoptConflicts(terraform, { place, planFile: file, conflicts, accountId, signal });
        if (adopted.length === 0) return undefined;
        work.onEvent({ event: 'message', text: `Taken over from a run that was stopped: ${adopted.join(', ')}` });
        return { file, changes: (await plan(terraform, { file, signal })).changes };
      },
      destroyPlan: (stack) => stacks.planFile(stack, 'down'),
    }),
    'search-user': searchUserKind(access),
    'kibana-objects': kibanaObjectsKind(access, renderMarketDashboard(lake.lake)),
    'cloud-index': cloudIndexKind(access.readUser),
    'spec-object': specObjectKind({
      place,
      file: layout.spec,
      bucket: names.buckets.artifacts,
      key: 'spec/lake.json',
      generationsBucket: names.buckets.bronze,
      placeOf: async (outputs, searchUrl) =>
        awsPlaceOf(lake.settings, lake.prefix, outputs, {
          searchUrl: searchUrl ?? lake.settings.elastic.url ?? '',
          // Crypto prices need no key: those of one's own account are used where somebody has stored them.
          marketKeys: (await readSecret(place, names.secret('alpaca'))) !== undefined,
        }),
    }),
    playbook: playbookKind(playOn(lake, work, stacks.deployment)),
    'stream-steps': streamStepsKind(streamCluster(lake)),
  };
}
