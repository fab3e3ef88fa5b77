import type { AlarmStatus, Problem } from '../alarms/evaluation.ts';
import type { ChannelId } from '../alarms/channels.ts';
import type { ScheduleState } from '../supervisor/schedules.ts';
import type { UpkeepRecord } from '../maintenance-record.ts';
import type { JobFigures } from '../../tools/job-figures.ts';
import type { Trouble } from '../../tools/progress.ts';
import type { Conditions } from './conditions.ts';

export interface PartStatus {
  id: string;
  title: string;
  state: 'up' | 'down' | 'restarting' | 'failed' | 'ended';
  since: string;
  pid: number | undefined;
  memoryBytes: number | undefined;
  ports: number[];
  restarts: number;
  lastExit: string | undefined;
}

export interface JobStatus extends JobFigures {
  id: string;
  title: string;
  state: 'starting' | 'running' | 'retrying' | 'down';
  /** when that state began */
  since: string | undefined;
  /** when the job last told of itself */
  heardAt: string | undefined;
  lastBad: { at: string; reason: string } | undefined;
  /** since when it commits nothing although its topic holds more; undefined when it gets on, or nobody knows */
  waitingSince: string | undefined;
}

export interface LakeStatus {
  data: string;
  state: 'up' | 'degraded' | 'down';
  /** what is wrong, the worst first; empty when all is well */
  problems: Problem[];
  /** every alarm of the lake that can fire on this machine */
  alarms: AlarmStatus[];
  /** who is told of them, and what has not been told yet */
  alerts: { channels: ChannelId[]; waiting: number; errors: Partial<Record<ChannelId, string>> };
  conditions: Conditions;
  resident: { pid: number; since: string; memoryBytes: number | undefined; wokeAt: string | undefined } | undefined;
  parts: PartStatus[];
  /** address of the dashboard; undefined while it is not up */
  dashboard: string | undefined;
  jobs: JobStatus[];
  producers: {
    id: string;
    source: string;
    sent: number;
    acknowledged: number;
    at: string;
    lastError: string | undefined;
    troubles: Trouble[];
    /** seconds that the source's clock is ahead of ours; undefined where it tells no time */
    clockOffset: number | undefined;
  }[];
  topics: { name: string; records: number | undefined; generation: number }[];
  tables: { name: string; rows: number; files: number; deletes: number; snapshots: number; bytes: number }[];
  documents: number | undefined;
  schedules: ScheduleState[];
  /** the last one, whoever asked for it */
  upkeep: UpkeepRecord | undefined;
}

/** What the problems are told from: a status without them. */
export type Found = Omit<LakeStatus, 'state' | 'problems' | 'alarms' | 'alerts'>;
