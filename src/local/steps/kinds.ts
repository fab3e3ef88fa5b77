import type { StepKinds } from '../../engine/step.ts';
import { daemon } from './daemon.ts';
import { folder } from './folder.ts';
import { index } from './index.ts';
import { jobs } from './jobs.ts';
import { resident } from './resident.ts';
import { schedules } from './schedules.ts';
import { spec } from './spec.ts';
import { tables } from './tables.ts';
import { topics } from './topics.ts';

/** Every kind of step there is, by the name that journals hold. */
export const stepKinds: StepKinds = { daemon, folder, index, jobs, resident, schedules, spec, tables, topics };
