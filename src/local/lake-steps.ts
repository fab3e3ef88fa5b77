import type { Step } from '../engine/step.ts';
import { renderIndexTemplate } from '../lake/mapping.ts';
import { isStreamJob, type Lake } from '../lake/schema.ts';
import type { TargetSpec } from '../lake/spec.ts';
import type { SettingsOrigin } from '../settings/remembered.ts';
import type { Settings } from '../settings/schema.ts';
import type { Beat, Daemon } from './parts/daemon.ts';
import type { DaemonInputs } from './steps/daemon.ts';
import type { FolderInputs } from './steps/folder.ts';
import type { IndexInputs } from './steps/index.ts';
import type { JobsInputs } from './steps/jobs.ts';
import type { ResidentInputs } from './steps/resident.ts';
import type { SchedulesInputs } from './steps/schedules.ts';
import type { SpecInputs } from './steps/spec.ts';
import type { TablesInputs } from './steps/tables.ts';
import type { TopicsInputs } from './steps/topics.ts';
import { layOut, type Layout } from './layout.ts';
import { renderProduction, renderTrigger as trigger } from '../settings/production.ts';

/** The processes of a local lake, ready to be started. */
export interface LocalParts {
  kafka: Daemon;
  /** the broker's `server.properties` */
  kafkaConfig: { path: string; text: string };
  elasticsearch: Daemon;
  spark: Daemon;
  producers: Daemon[];
  /** absent in a trial run, which nobody looks at */
  dashboard: Daemon | undefined;
  /** creates or evolves the tables */
  createTables: { command: string; args: string[]; env: Record<string, string> };
}

export interface LocalOptions {
  /** start the producers too */
  produce: boolean;
  /** arguments of node that start this program */
  entry: string[];
  /** environment variables that may hold keys of the market data */
  secrets: string[];
  /** where commands that run by themselves find the settings that this one found */
  origin: SettingsOrigin;
}

/** Where a local lake runs, in the words of the spec. */
export function localPlace(settings: Settings, layout: Layout): Omit<TargetSpec, 'generations'> {
  return {
    kafka: { bootstrapServers: brokerAddress(settings), properties: {}, replication: 1 },
    catalog: {
      name: 'lake',
      properties: {
        type: 'jdbc',
        uri: `jdbc:sqlite:${layout.catalog}?journal_mode=WAL&busy_timeout=30000&synchronous=NORMAL`,
        'jdbc.schema-version': 'V1',
        // One connection a process: SQLite knows one writer at a time.
        clients: '1',
        warehouse: layout.warehouse,
      },
    },
    search: { url: searchAddress(settings) },
    checkpoints: layout.checkpoints,
    progress: layout.run,
    triggers: {
      quotes: trigger(settings.triggers.quotes),
      trades: trigger(settings.triggers.trades),
      search: trigger(settings.triggers.search),
      layers: trigger(settings.triggers.layers),
    },
    ...renderProduction(settings),
  };
}

export function brokerAddress(settings: Settings): string {
  return `127.0.0.1:${String(settings.ports.kafka)}`;
}

export function searchAddress(settings: Settings): string {
  return `http://127.0.0.1:${String(settings.ports.elasticsearch)}`;
}

export function dashboardAddress(settings: Settings): string {
  return `http://127.0.0.1:${String(settings.ports.dashboard)}`;
}

/** What each job tells of itself, beside the topic that it reads, if it reads one. */
function jobBeats(lake: Lake, layout: Layout, broker: { bootstrapServers: string }): Beat[] {
  const names = new Map<string, string>(lake.topics.map((topic) => [topic.id, topic.name]));
  return lake.jobs.map((job) => ({
    file: layout.jobProgress(job.id),
    name: job.title,
    ...(isStreamJob(job) ? { follows: { ...broker, topic: names.get(job.topic) ?? '' } } : {}),
  }));
}

/** The steps that raise a lake on this machine. Nothing happens here. */
export function localSteps(lake: Lake, settings: Settings, parts: LocalParts, options: LocalOptions): Step[] {
  const layout = layOut(settings.paths.data);
  const place = localPlace(settings, layout);
  const broker = { bootstrapServers: brokerAddress(settings) };
  const search = { url: searchAddress(settings) };
  const index = lake.indexes[0];
  const servers = ['kafka', 'elasticsearch'];
  const part = (daemon: Daemon, more: Partial<DaemonInputs> = {}): DaemonInputs => ({
    data: layout.data,
    daemon,
    files: [],
    secrets: [],
    spec: false,
    ...more,
  });
  const own = (id: string, path: string, data: boolean, files: string[] = []): Step => ({
    id,
    kind: 'folder',
    title: id.replace('-', ' '),
    needs: ['folder'],
    minor: true,
    data,
    inputs: { path, whole: true, files } satisfies FolderInputs,
  });
  return [
    {
      id: 'folder',
      kind: 'folder',
      title: 'folder',
      minor: true,
      needs: [],
      data: true,
      inputs: { path: layout.data, whole: false, files: [] } satisfies FolderInputs,
    },
    own('log-folder', layout.logs, false),
    own('run-folder', layout.run, false),
    own('temporary-folder', layout.temporary, false),
    own('kafka-folder', layout.kafka, false),
    own('checkpoints-folder', layout.checkpoints, false),
    own('elasticsearch-folder', layout.elasticsearch, true),
    own('warehouse-folder', layout.warehouse, true),
    {
      id: 'resident',
      kind: 'resident',
      title: 'resident process',
      minor: true,
      // It notes its schedules beside the tables, so it must be gone before they go.
      needs: ['log-folder', 'run-folder', 'warehouse-folder'],
      inputs: { data: layout.data, entry: options.entry } satisfies ResidentInputs,
    },
    {
      id: 'schedules',
      kind: 'schedules',
      title: 'schedules',
      minor: true,
      needs: ['run-folder'],
      inputs: { file: layout.schedules, schedules: localSchedules(lake, layout, options) } satisfies SchedulesInputs,
    },
    {
      id: 'spec',
      kind: 'spec',
      title: 'spec',
      minor: true,
      needs: ['run-folder', 'warehouse-folder', 'kafka-folder'],
      inputs: {
        file: layout.spec,
        generations: layout.generations,
        formatted: layout.kafkaFormatted,
        lake,
        place,
      } satisfies SpecInputs,
    },
    {
      id: 'kafka',
      kind: 'daemon',
      title: parts.kafka.title,
      // The spec looks whether the broker's storage is new, so it comes before the broker makes it.
      needs: ['resident', 'kafka-folder', 'temporary-folder', 'spec'],
      inputs: part(parts.kafka, { files: [parts.kafkaConfig], ready: { probe: 'kafka', ...broker } }),
    },
    {
      id: 'elasticsearch',
      kind: 'daemon',
      title: parts.elasticsearch.title,
      needs: ['resident', 'elasticsearch-folder', 'temporary-folder'],
      inputs: part(parts.elasticsearch, { ready: { probe: 'elasticsearch', ...search } }),
    },
    {
      id: 'topics',
      kind: 'topics',
      title: 'topics',
      needs: ['kafka'],
      inputs: {
        broker,
        generations: layout.generations,
        topics: lake.topics.map((topic) => ({
          name: topic.name,
          partitions: topic.partitions,
          replication: 1,
          config: { 'retention.ms': String(topic.retentionDays * 86_400_000) },
        })),
      } satisfies TopicsInputs,
    },
    {
      id: 'tables',
      kind: 'tables',
      title: 'tables',
      needs: ['spec', 'warehouse-folder', 'temporary-folder'],
      data: true,
      inputs: { ...parts.createTables, tables: lake.tables, catalog: layout.catalog } satisfies TablesInputs,
    },
    ...(index === undefined
      ? []
      : [
          {
            id: 'index',
            kind: 'index',
            title: 'index',
            needs: ['elasticsearch'],
            data: true,
            inputs: {
              search,
              name: index.name,
              template: renderIndexTemplate(lake, index.name, 0),
            } satisfies IndexInputs,
          },
        ]),
    {
      id: 'spark',
      kind: 'daemon',
      title: parts.spark.title,
      // Its start is the longest: it begins at once and waits itself for topics and tables.
      needs: ['resident', 'spec', 'checkpoints-folder', 'temporary-folder'],
      before: servers,
      inputs: part({ ...parts.spark, beats: jobBeats(lake, layout, broker) }, { spec: true }),
    },
    {
      id: 'jobs',
      kind: 'jobs',
      title: 'stream jobs',
      needs: ['spark', 'topics', 'tables', 'index'],
      inputs: {
        data: layout.data,
        titles: lake.jobs.map((job) => job.title),
        part: parts.spark.id,
        files: lake.jobs.map((job) => layout.jobProgress(job.id)),
        unhurried: lake.jobs.filter((job) => !isStreamJob(job)).map((job) => layout.jobProgress(job.id)),
      } satisfies JobsInputs,
    },
    ...(options.produce ? parts.producers : []).map((producer) => ({
      id: producer.id,
      kind: 'daemon',
      title: producer.title,
      needs: ['topics', 'resident', 'spec'],
      before: ['spark'],
      inputs: part(producer, { spec: true, secrets: options.secrets, secretsFile: settings.alpaca.keys }),
    })),
    ...(parts.dashboard === undefined
      ? []
      : [
          {
            id: parts.dashboard.id,
            kind: 'daemon',
            title: parts.dashboard.title,
            // It needs none of the servers to answer. Once topics stand the processor is freer than at the very start.
            needs: ['resident', 'spec', 'topics', 'temporary-folder'],
            inputs: part(parts.dashboard, {
              spec: true,
              ready: { probe: 'http', url: `${dashboardAddress(settings)}/api/alive` },
            }),
          },
        ]),
  ];
}

/** The lake's schedules as commands of ours. */
function localSchedules(lake: Lake, layout: Layout, { entry, origin }: LocalOptions): SchedulesInputs['schedules'] {
  const commands = {
    assets: { title: 'icons', words: ['assets', 'refresh'], doneFile: undefined },
    optimize: { title: 'upkeep', words: ['optimize-iceberg'], doneFile: layout.upkeep },
  };
  const config = origin.config === undefined ? [] : ['--config', origin.config];
  return lake.schedules.map((schedule) => {
    const { title, words, doneFile } = commands[schedule.id];
    return {
      ...schedule,
      title,
      args: [...entry, ...words, '--data', layout.data, '--no-input', '--json', ...config],
      cwd: origin.cwd,
      env: origin.env,
      log: layout.log(`schedule-${schedule.id}`),
      doneFile,
    };
  });
}
