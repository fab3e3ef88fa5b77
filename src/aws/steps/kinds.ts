import type { AnyKind } from '../../engine/step.ts';
import { cloudIndex } from './cloud-index.ts';
import { kibanaObjects } from './kibana-objects.ts';
import { lakeIntent } from './lake-intent.ts';
import { playbook, type Play } from './playbook.ts';
import { producerImage, type ImageStore } from './producer-image.ts';
import { producerServices, topicsByTask, type ProducerCluster } from './producer-tasks.ts';
import type { SearchAccess } from './search-administrator.ts';
import { searchUser } from './search-user.ts';
import { specObject, type SpecStore } from './spec-object.ts';
import { streamSteps, type Cluster } from './stream-steps.ts';
import { lakeStack, searchStack, type Stacks } from './terraform.ts';

/** What this machine adds to the steps of a lake in an account: folders, plans, clients. */
export interface AwsSession {
  stacks: Stacks;
  search: SearchAccess;
  /** the dashboard for Kibana, as text */
  savedObjects: string;
  spec: SpecStore;
  play: Play;
  images: ImageStore;
  tasks: ProducerCluster;
  cluster: Cluster;
}

/** Every kind of step of a lake in an account. */
export const awsKinds: readonly AnyKind<AwsSession>[] = [
  lakeStack,
  searchStack,
  searchUser,
  kibanaObjects,
  cloudIndex,
  specObject,
  playbook,
  producerImage,
  topicsByTask,
  producerServices,
  lakeIntent,
  streamSteps,
];
