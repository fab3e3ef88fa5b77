import type { LakeStatus } from '../status/model.ts';
import { counter, gauge, timestamp, type Metric, type Sample } from './metric.ts';

const states = ['up', 'degraded', 'down'] as const;

const each =
  <T>(list: (status: LakeStatus) => readonly T[], sample: (one: T) => Sample): Metric['samples'] =>
  (status) =>
    list(status).map(sample);

const parts = (sample: (part: LakeStatus['parts'][number]) => number | undefined) =>
  each(
    (status) => status.parts,
    (part) => [{ part: part.id }, sample(part)],
  );
const tables = (sample: (table: LakeStatus['tables'][number]) => number) =>
  each(
    (status) => status.tables,
    (table) => [{ table: table.name }, sample(table)],
  );
const schedules = (sample: (schedule: LakeStatus['schedules'][number]) => number | undefined) =>
  each(
    (status) => status.schedules,
    (schedule) => [{ schedule: schedule.id }, sample(schedule)],
  );

/** The lake as a whole, its parts and what it holds. */
export const lakeMetrics: readonly Metric[] = [
  gauge(
    'build_info',
    'Which cryptodm answers: always 1. The commit is empty where the build did not know it.',
    ['version', 'commit'],
    (_status, { version, commit = '' }) => [[{ version, commit }, 1]],
  ),
  gauge('lake_state', 'Whether the lake is in this state.', ['state'], ({ state }) =>
    states.map((name) => [{ state: name }, Number(name === state)]),
  ),
  gauge('problem', 'Problems of now, as status names them.', ['problem', 'part'], ({ problems }) =>
    [...new Set(problems.map(({ id, part = '' }) => JSON.stringify([id, part])))].map((key): Sample => {
      const [problem = '', part = ''] = JSON.parse(key) as string[];
      return [{ problem, part }, 1];
    }),
  ),
  gauge(
    'alarm_firing',
    'Whether the alarm fires.',
    ['alarm', 'severity'],
    each(
      ({ alarms }) => alarms,
      ({ id, severity, state }) => [{ alarm: id, severity }, Number(state === 'firing')],
    ),
  ),
  gauge('alert_notifications_waiting', 'Messages about alarms that are not delivered yet.', [], ({ alerts }) => [
    [{}, alerts.waiting],
  ]),
  gauge('disk_free_bytes', 'Room that is left on the disk of the lake.', [], ({ conditions }) => [
    [{}, conditions.disk?.free],
  ]),
  gauge('disk_size_bytes', 'Size of the disk of the lake.', [], ({ conditions }) => [[{}, conditions.disk?.total]]),
  gauge('resident_up', 'Whether the supervisor runs.', [], ({ resident }) => [[{}, Number(resident !== undefined)]]),
  gauge('resident_memory_bytes', 'Memory of the supervisor.', [], ({ resident }) => [[{}, resident?.memoryBytes]]),
  gauge(
    'part_up',
    'Whether the part runs.',
    ['part'],
    parts(({ state }) => Number(state === 'up')),
  ),
  gauge(
    'part_state_since_timestamp_seconds',
    'When the present state of the part began.',
    ['part'],
    parts(({ since }) => timestamp(since)),
  ),
  gauge(
    'part_memory_bytes',
    'Memory of the part.',
    ['part'],
    parts(({ memoryBytes }) => memoryBytes),
  ),
  counter(
    'part_restarts',
    'Starts of the part after a death, since it was last started on purpose.',
    ['part'],
    parts(({ restarts }) => restarts),
  ),
  gauge(
    'topic_records',
    'Records that the topic holds.',
    ['topic'],
    each(
      ({ topics }) => topics,
      ({ name, records }) => [{ topic: name }, records],
    ),
  ),
  gauge(
    'topic_size_bytes',
    'Size of the topic; only of topics that jobs read.',
    ['topic'],
    each(
      ({ topics }) => topics,
      ({ name, backlog }) => [{ topic: name }, backlog?.bytes],
    ),
  ),
  gauge(
    'topic_waiting_bytes',
    'Size of what the slowest job has not taken of the topic. Producers pause before it reaches "topics.size".',
    ['topic'],
    each(
      ({ topics }) => topics,
      ({ name, backlog }) => [{ topic: name }, backlog?.waiting],
    ),
  ),
  gauge(
    'topic_generation',
    'How often the topic was created.',
    ['topic'],
    each(
      ({ topics }) => topics,
      ({ name, generation }) => [{ topic: name }, generation],
    ),
  ),
  gauge(
    'table_rows',
    'Rows of the table.',
    ['table'],
    tables(({ rows }) => rows),
  ),
  gauge(
    'table_data_files',
    'Data files of the table.',
    ['table'],
    tables(({ files }) => files),
  ),
  gauge(
    'table_delete_files',
    'Delete files of the table.',
    ['table'],
    tables(({ deletes }) => deletes),
  ),
  gauge(
    'table_snapshots',
    'Snapshots of the table.',
    ['table'],
    tables(({ snapshots }) => snapshots),
  ),
  gauge(
    'table_size_bytes',
    'Size of the data files of the table.',
    ['table'],
    tables(({ bytes }) => bytes),
  ),
  gauge(
    'table_foreign_commits',
    'Commits to the table by other engines that nobody has dealt with.',
    ['table'],
    ({ tables: known, foreign = [] }) =>
      known.map(({ name }) => [
        { table: name },
        foreign.reduce((sum, { table, commits }) => (table === name ? sum + commits : sum), 0),
      ]),
  ),
  gauge('index_documents', 'Documents of the search index.', [], ({ documents }) => [[{}, documents]]),
  gauge(
    'schedule_next_run_timestamp_seconds',
    'When the schedule is run next; a time in the past means soon.',
    ['schedule'],
    schedules(({ next }) => timestamp(next)),
  ),
  gauge(
    'schedule_last_run_timestamp_seconds',
    'When the last run of the schedule ended.',
    ['schedule'],
    schedules(({ last }) => timestamp(last?.endedAt)),
  ),
  gauge(
    'schedule_last_run_success',
    'Whether the last run of the schedule did what it should.',
    ['schedule'],
    schedules(({ last }) => (last === undefined ? undefined : Number(last.outcome === 'done'))),
  ),
  gauge(
    'upkeep_last_timestamp_seconds',
    'When the last maintenance of the tables ended, scheduled or by hand.',
    [],
    ({ upkeep }) => [[{}, timestamp(upkeep?.endedAt)]],
  ),
  gauge('upkeep_last_success', 'Whether the last maintenance of the tables succeeded.', [], ({ upkeep }) => [
    [{}, upkeep === undefined ? undefined : Number(upkeep.outcome === 'done')],
  ]),
];
