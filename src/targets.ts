import type { LakeTarget } from './lake-target.ts';
import type { Settings } from './settings/schema.ts';

/** Every target, loaded when it is asked for. The only file that knows them all. */
export const targets: Record<Settings['target'], () => Promise<LakeTarget>> = {
  local: async () => (await import('./local/target.ts')).localTarget,
  aws: async () => (await import('./aws/target.ts')).awsTarget,
};
