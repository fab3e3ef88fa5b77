import type { AnyKind } from '../../engine/step.ts';
import { daemon, type LocalSession } from './daemon.ts';
import { folder } from './folder.ts';
import { index } from './index.ts';
import { jobs } from './jobs.ts';
import { schedules } from './schedules.ts';
import { spec } from './spec.ts';
import { supervisor } from './supervisor.ts';
import { tables } from './tables.ts';
import { topics } from './topics.ts';

/** Every kind of step of a lake on this machine. */
export const localKinds: readonly AnyKind<LocalSession>[] = [
  daemon,
  folder,
  index,
  jobs,
  schedules,
  spec,
  supervisor,
  tables,
  topics,
];
