import type { AlarmStatus } from '../alarms/evaluation.ts';
import type { Problem } from '../../lake/alarms.ts';
import type { ChannelId } from '../alarms/channels.ts';
import type { Renewal } from '../../lake/generations.ts';
import type { ScheduleState } from '../supervisor/schedules.ts';
import type { MaintenanceRecord } from '../maintenance-record.ts';
import type { JobFigures } from '../../tools/job-figures.ts';
import type { Trouble } from '../../tools/progress.ts';
import type { UnreadableTable } from '../tables/catalog.ts';
import type { ForeignCommit } from '../../tools/iceberg/foreign-commits.ts';
import type { Growth } from '../../tools/iceberg/growth.ts';
import type { Backlog } from '../../tools/topic-backlog.ts';
import type { Conditions } from './conditions.ts';
import type { DamagedFile } from '../memory-files.ts';

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
  /** why it does not start, where its arguments or its spec are wrong */
  refusal?: string | undefined;
}

export interface JobStatus extends JobFigures {
  id: string;
  title: string;
  state: 'starting' | 'running' | 'retrying' | 'down';
  /** when that state began */
  since: string | undefined;
  /** when the job last wrote its progress */
  heardAt: string | undefined;
  lastBad: { at: string; reason: string } | undefined;
  /** since when it commits nothing although its topic holds more; undefined when it makes progress, or that is unknown */
  waitingSince: string | undefined;
  /** why it stands still until a new generation of its topic begins */
  wentBack: string | undefined;
}

/** A process or a server that stands where a part of this lake belongs. */
export interface Stranger {
  /** id of the part */
  part: string;
  title: string;
  /** `127.0.0.1:PORT` */
  where: string;
  /** such as `java (pid 4711)`; undefined where only its answers show that it is another's */
  holder: string | undefined;
}

/** How the lake's own user signs in with any tool. */
export interface SignIn {
  user: string;
  /** file with the password */
  file: string;
  /** servers that ask for it, by their names */
  servers: string[];
}

/** A part of which the process is alive and does not do its work. */
export interface Mute {
  /** id of the part */
  part: string;
  pid: number | undefined;
  /** `stopped` by a signal, or `silent`: it does not answer */
  why: 'stopped' | 'silent';
}

/** A commit to a table by another engine that nobody has dealt with. */
export interface ForeignTableCommit extends ForeignCommit {
  table: string;
}

export interface LakeStatus {
  data: string;
  state: 'up' | 'degraded' | 'down';
  /** what is wrong, the worst first; empty when all is well */
  problems: Problem[];
  /** every alarm of the lake that can fire on this machine */
  alarms: AlarmStatus[];
  /** where notifications go, and how many are not delivered yet */
  alerts: { channels: ChannelId[]; waiting: number; errors: Partial<Record<ChannelId, string>> };
  conditions: Conditions;
  resident: { pid: number; since: string; memoryBytes: number | undefined; wokeAt: string | undefined } | undefined;
  parts: PartStatus[];
  /** what holds a port of the lake or answers there, and is not of this lake; absent in the answer of an earlier supervisor */
  strangers?: Stranger[];
  /** parts that run and do nothing, or do not answer; absent in the answer of an earlier supervisor, as the following */
  mute?: Mute[];
  /** pid of a supervisor that runs and does not answer */
  muteSupervisor?: number | undefined;
  /** processes of this lake that no file names */
  strays?: { id: string; pid: number }[];
  /** files of the lake that can't be read */
  damaged?: DamagedFile[];
  /** the lake's folder before it was copied or moved here */
  copiedFrom?: string | undefined;
  /** undefined where no server asks for it; absent in the answer of an earlier supervisor */
  signIn?: SignIn | undefined;
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
    /** seconds that the source's clock is ahead of ours; undefined where it gives no time */
    clockOffset: number | undefined;
    /** minutes of the history of new coins that have come, of those wanted; absent where none was wanted */
    history?: { answered: number; minutes: number } | undefined;
  }[];
  topics: {
    name: string;
    records: number | undefined;
    generation: number;
    /** why the generation began, when its topic went back */
    renewal: Renewal | undefined;
    /** what its jobs have not taken; absent for a topic that nobody reads, and while the broker does not answer */
    backlog?: Backlog | undefined;
  }[];
  tables: TableStatus[];
  /** tables whose present state can't be read, and why */
  unreadable: UnreadableTable[];
  /** why the catalog of the tables can't be read; undefined when it can, and in a lake without tables */
  catalogFault?: string | undefined;
  /** what other engines have committed to tables of the lake, until somebody deals with it */
  foreign?: ForeignTableCommit[];
  documents: number | undefined;
  schedules: ScheduleState[];
  /** the last maintenance run, scheduled or by hand */
  upkeep: MaintenanceRecord | undefined;
}

export interface TableStatus {
  name: string;
  rows: number;
  files: number;
  deletes: number;
  snapshots: number;
  bytes: number;
  /** absent for a table that is too young to tell, and in the answer of an earlier supervisor */
  growth?: Growth | undefined;
  /** days for which it keeps its rows; absent: for ever */
  keptDays?: number | undefined;
}

/** What problems are found in: a status without them. */
export type Found = Omit<LakeStatus, 'state' | 'problems' | 'alarms' | 'alerts'>;
