/** Problems of a lake on this machine that `nameProblems` can find. */
export const problemIds = [
  'lake-down',
  'resident-down',
  'lake-copied',
  'process-unknown',
  'file-damaged',
  'part-foreign',
  'part-failed',
  'part-down',
  'part-restarting',
  'part-restarted',
  'disk-full',
  'disk-filling',
  'disk-short',
  'kafka-unreachable',
  'search-unreachable',
  'search-refuses',
  'search-read-only',
  'search-unwritable',
  'index-missing',
  'index-closed',
  'index-differs',
  'index-filling',
  'index-unfinished',
  'part-silent',
  'job-retrying',
  'table-unreadable',
  'foreign-commit',
  'layers-still',
  'topic-went-back',
  'topic-renewed',
  'records-lost',
  'data-stale',
  'data-late',
  'topic-filling',
  'producer-waiting',
  'producer-paused',
  'source-failing',
  'coin-refused',
  'trades-missing',
  'candles-differ',
  'clock-off',
  'bad-records',
  'optimize-failed',
  'optimize-overdue',
  'icons-failed',
  'icons-overdue',
] as const;
export type ProblemId = (typeof problemIds)[number];

/** A condition that people should know about. */
export interface Problem {
  id: ProblemId;
  /** the part, job or producer it is about */
  part?: string;
  /** one sentence */
  what: string;
  /** UTC, where it is known */
  since?: string;
  /** what to do about it */
  next: string;
}

export const alarmIds = [
  'data-stale',
  'lag-growing',
  'bad-records',
  'part-down',
  'part-restarting',
  'disk-filling',
  'optimize-overdue',
  'icons-overdue',
  'cost-guard',
] as const;
export type AlarmId = (typeof alarmIds)[number];

/** When an alarm fires. */
export interface AlarmLimit {
  /** the alarm fires above it; for free disk space on this machine: below it */
  threshold: number;
  unit: 'seconds' | 'bytes' | 'records' | 'events' | 'percent';
  /** seconds that it must last before the alarm fires */
  holdSeconds: number;
}

/** Something that people get a message about when it begins and when it ends. */
export interface Alarm {
  id: AlarmId;
  title: string;
  /** `critical`: data stops arriving, or money is lost; `warning`: that may follow */
  severity: 'critical' | 'warning';
  /** problems that raise it on this machine */
  problems: ProblemId[];
  /** absent when it can't happen on this machine */
  local?: AlarmLimit;
  account: AlarmLimit;
}

const minute = 60;
const day = 24 * 60 * minute;

/** Every alarm of a lake; each target derives its own from these. */
export const alarms: readonly Alarm[] = [
  {
    id: 'data-stale',
    title: 'data is stale',
    severity: 'critical',
    problems: [
      'data-stale',
      'job-retrying',
      'table-unreadable',
      'layers-still',
      'topic-went-back',
      'search-read-only',
      'search-unwritable',
      'index-missing',
      'index-closed',
      'index-differs',
      'producer-waiting',
      'producer-paused',
      'source-failing',
    ],
    // Longer than a batch usually takes.
    local: { threshold: minute, unit: 'seconds', holdSeconds: 30 },
    account: { threshold: 5 * minute, unit: 'seconds', holdSeconds: 10 * minute },
  },
  {
    id: 'lag-growing',
    title: 'a job falls behind',
    severity: 'warning',
    problems: ['data-late', 'topic-filling'],
    // The age of the rows that become visible. A backlog that ends sooner is no problem.
    local: { threshold: minute, unit: 'seconds', holdSeconds: 5 * minute },
    account: { threshold: 100_000, unit: 'records', holdSeconds: 10 * minute },
  },
  {
    id: 'bad-records',
    title: 'records are malformed or lost',
    severity: 'warning',
    problems: ['bad-records', 'topic-renewed', 'records-lost', 'foreign-commit', 'trades-missing', 'candles-differ'],
    local: { threshold: 0, unit: 'records', holdSeconds: 0 },
    account: { threshold: 0, unit: 'records', holdSeconds: 5 * minute },
  },
  {
    id: 'part-down',
    title: 'a part is down',
    severity: 'critical',
    problems: [
      'lake-down',
      'resident-down',
      'process-unknown',
      'part-foreign',
      'part-failed',
      'part-down',
      'part-silent',
      'kafka-unreachable',
      'search-unreachable',
      'search-refuses',
    ],
    local: { threshold: 0, unit: 'events', holdSeconds: 15 },
    account: { threshold: 0, unit: 'events', holdSeconds: 5 * minute },
  },
  {
    id: 'part-restarting',
    title: 'a part is started again',
    severity: 'warning',
    problems: ['part-restarting', 'part-restarted'],
    local: { threshold: 0, unit: 'events', holdSeconds: 0 },
    account: { threshold: 0, unit: 'events', holdSeconds: 5 * minute },
  },
  {
    id: 'disk-filling',
    title: 'a disk is filling',
    severity: 'critical',
    problems: ['disk-filling', 'disk-full'],
    // Space that a busy lake fills in some days.
    local: { threshold: 2 ** 30, unit: 'bytes', holdSeconds: 30 },
    account: { threshold: 85, unit: 'percent', holdSeconds: 5 * minute },
  },
  {
    id: 'optimize-overdue',
    title: 'the maintenance of the tables is overdue or failed',
    severity: 'warning',
    problems: ['optimize-failed', 'optimize-overdue'],
    local: { threshold: day, unit: 'seconds', holdSeconds: 0 },
    // It runs once a week.
    account: { threshold: 8 * day, unit: 'seconds', holdSeconds: 15 * minute },
  },
  {
    id: 'icons-overdue',
    title: 'the load of the icons is overdue or failed',
    severity: 'warning',
    problems: ['icons-failed', 'icons-overdue'],
    local: { threshold: day, unit: 'seconds', holdSeconds: 0 },
    account: { threshold: 2 * day, unit: 'seconds', holdSeconds: 15 * minute },
  },
  {
    id: 'cost-guard',
    title: 'the cost guard sends a warning',
    severity: 'critical',
    // A lake on this machine costs nothing.
    problems: [],
    account: { threshold: 80, unit: 'percent', holdSeconds: 5 * minute },
  },
];

/** The threshold of an alarm on this machine. */
export function localThreshold(id: AlarmId): number {
  const limit = alarms.find((alarm) => alarm.id === id)?.local;
  if (limit === undefined) throw new Error(`the alarm ${id} has no limit for this machine`);
  return limit.threshold;
}
