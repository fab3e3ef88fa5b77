import type * as z from 'zod';
import type { Handle, Step } from '../engine/step.ts';
import { renderIndexTemplate } from '../lake/mapping.ts';
import { isStreamJob, type Lake } from '../lake/schema.ts';
import { topicSettings, type Place } from '../lake/spec.ts';
import { renderProduction, renderTrigger as trigger } from '../settings/production.ts';
import { secretNames } from '../settings/secret-names.ts';
import type { SettingsOrigin } from '../settings/remembered.ts';
import type { Settings } from '../settings/schema.ts';
import type { Beat, Daemon } from './parts/daemon.ts';
import { brokerAddress, dashboardAddress, searchAddress } from './addresses.ts';
import { layOut, type Layout } from './layout.ts';
import { daemon, type DaemonInputs, type LocalSession } from './steps/daemon.ts';
import { folder } from './steps/folder.ts';
import { index } from './steps/index.ts';
import { jobs } from './steps/jobs.ts';
import { schedules } from './steps/schedules.ts';
import { spec, specOutputs } from './steps/spec.ts';
import { supervisor } from './steps/supervisor.ts';
import { tables } from './steps/tables.ts';
import { topics } from './steps/topics.ts';
import type { Schedule } from './supervisor/schedules.ts';

/** The processes of a local lake, ready to be started. */
export interface LocalParts {
  kafka: Daemon;
  /** the broker's `server.properties` */
  kafkaConfig: { path: string; text: string };
  elasticsearch: Daemon;
  spark: Daemon;
  producers: Daemon[];
  /** absent in a trial run: nobody looks at that one */
  dashboard: Daemon | undefined;
  /** creates or evolves the tables */
  createTables: { command: string; args: string[]; env: Record<string, string> };
}

export interface LocalOptions {
  /** start the producers too */
  produce: boolean;
  /** arguments of node that start this program */
  entry: string[];
  /** where commands that run by themselves find the settings that this one found */
  origin: SettingsOrigin;
}

/** Where a local lake runs, in the words of the spec. */
export function localPlace(settings: Settings, layout: Layout): Omit<Place, 'generations'> {
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

/** Where each job writes its progress, with the topic that it reads, if it reads one. */
function jobBeats(lake: Lake, layout: Layout, broker: { bootstrapServers: string }): Beat[] {
  const names = new Map<string, string>(lake.topics.map((topic) => [topic.id, topic.name]));
  return lake.jobs.map((job) => ({
    file: layout.jobProgress(job.id),
    name: job.title,
    ...(isStreamJob(job) ? { follows: { ...broker, topic: names.get(job.topic) ?? '' } } : {}),
  }));
}

/** The steps that raise a lake on this machine. Nothing happens here. */
export function localSteps(
  lake: Lake,
  settings: Settings,
  parts: LocalParts,
  options: LocalOptions,
): Step<unknown, LocalSession>[] {
  const layout = layOut(settings.paths.data);
  const { data } = layout;
  const broker = { bootstrapServers: brokerAddress(settings) };
  const search = { url: searchAddress(settings) };

  const lakeFolder = folder.step({
    id: 'folder',
    title: 'folder',
    minor: true,
    data: true,
    inputs: { path: data, whole: false, files: [] },
  });
  const own = (id: string, path: string, holdsData: boolean) =>
    folder.step({
      id,
      title: id.replace('-', ' '),
      needs: [lakeFolder],
      minor: true,
      data: holdsData,
      inputs: { path, whole: true, files: [] },
    });
  const logs = own('log-folder', layout.logs, false);
  const run = own('run-folder', layout.run, false);
  const temporary = own('temporary-folder', layout.temporary, false);
  const kafkaFolder = own('kafka-folder', layout.kafka, false);
  const checkpoints = own('checkpoints-folder', layout.checkpoints, false);
  const searchFolder = own('elasticsearch-folder', layout.elasticsearch, true);
  const warehouse = own('warehouse-folder', layout.warehouse, true);

  const resident = supervisor.step({
    id: 'resident',
    title: 'supervisor',
    minor: true,
    // It notes its schedules beside the tables, so it must be gone before they go.
    needs: [logs, run, warehouse],
    inputs: { data, entry: options.entry },
  });
  const scheduled = schedules.step({
    id: 'schedules',
    title: 'schedules',
    minor: true,
    needs: [run],
    inputs: { file: layout.schedules, schedules: localSchedules(lake, layout, options) },
  });
  const lakeSpec = spec.step({
    id: 'spec',
    title: 'spec',
    minor: true,
    needs: [run, warehouse, kafkaFolder],
    inputs: {
      file: layout.spec,
      generations: layout.generations,
      formatted: layout.kafkaFormatted,
      lake,
      place: localPlace(settings, layout),
    },
  });
  const kafka = daemon.step({
    id: 'kafka',
    title: parts.kafka.title,
    // The spec looks whether the broker's storage is new, so it comes before the broker makes it.
    needs: [resident, kafkaFolder, temporary, lakeSpec],
    inputs: { ...part(data, parts.kafka), files: [parts.kafkaConfig], ready: { probe: 'kafka', ...broker } },
  });
  const elasticsearch = daemon.step({
    id: 'elasticsearch',
    title: parts.elasticsearch.title,
    needs: [resident, searchFolder, temporary],
    inputs: { ...part(data, parts.elasticsearch), ready: { probe: 'elasticsearch', ...search } },
  });
  const lakeTopics = topics.step({
    id: 'topics',
    title: 'topics',
    needs: [kafka],
    inputs: {
      broker,
      generations: layout.generations,
      topics: lake.topics.map((topic) => ({
        name: topic.name,
        partitions: topic.partitions,
        replication: 1,
        config: topicSettings(topic, 1),
      })),
    },
  });
  const lakeTables = tables.step({
    id: 'tables',
    title: 'tables',
    needs: [lakeSpec, warehouse, temporary],
    data: true,
    inputs: { ...parts.createTables, tables: lake.tables, catalog: layout.catalog },
  });
  const indexes = lake.indexes.slice(0, 1).map(({ name }) =>
    index.step({
      id: 'index',
      title: 'index',
      needs: [elasticsearch],
      data: true,
      inputs: { search, name, template: renderIndexTemplate(lake, name, 0) },
    }),
  );
  const spark = daemon.step({
    id: 'spark',
    title: parts.spark.title,
    // Its start is the longest: it begins at once and waits itself for topics and tables.
    needs: [resident, checkpoints, temporary],
    takes: { spec: lakeSpec },
    before: [kafka, elasticsearch],
    inputs: part(data, { ...parts.spark, beats: jobBeats(lake, layout, broker) }),
  });
  const streams = jobs.step({
    id: 'jobs',
    title: 'stream jobs',
    needs: [spark, lakeTopics, lakeTables, ...indexes],
    inputs: {
      data,
      titles: lake.jobs.map((job) => job.title),
      part: parts.spark.id,
      files: lake.jobs.map((job) => layout.jobProgress(job.id)),
      unhurried: lake.jobs.filter((job) => !isStreamJob(job)).map((job) => layout.jobProgress(job.id)),
    },
  });
  const producers = (options.produce ? parts.producers : []).map((producer) =>
    producerStep(producer, settings, { spec: lakeSpec, supervisor: resident, topics: lakeTopics, spark }),
  );
  const dashboards = (parts.dashboard === undefined ? [] : [parts.dashboard]).map((dashboard) =>
    daemon.step({
      id: dashboard.id,
      title: dashboard.title,
      // It needs none of the servers to answer. Once the topics exist the processor is freer than at the very start.
      needs: [resident, lakeTopics, temporary],
      takes: { spec: lakeSpec },
      inputs: {
        ...part(data, dashboard),
        ready: { probe: 'http', url: `${dashboardAddress(settings)}/api/alive` },
      },
    }),
  );
  return [
    ...[lakeFolder, logs, run, temporary, kafkaFolder, checkpoints, searchFolder, warehouse],
    ...[resident, scheduled, lakeSpec, kafka, elasticsearch, lakeTopics, lakeTables],
    ...[...indexes, spark, streams, ...producers, ...dashboards],
  ];
}

/** Steps that a producer must find, or must not outlive. */
export interface ProducerNeighbours {
  spec: Handle<z.infer<typeof specOutputs>>;
  supervisor: { id: string };
  topics: { id: string };
  spark: { id: string };
}

/** Those of a lake that is up. */
export const neighboursInLake: ProducerNeighbours = {
  spec: { id: 'spec', kind: spec },
  supervisor: { id: 'resident' },
  topics: { id: 'topics' },
  spark: { id: 'spark' },
};

export function producerStep(producer: Daemon, settings: Settings, others: ProducerNeighbours) {
  return daemon.step({
    id: producer.id,
    title: producer.title,
    needs: [others.topics, others.supervisor],
    takes: { spec: others.spec },
    before: [others.spark],
    inputs: { ...part(settings.paths.data, producer), secrets: secretNames, secretsFile: settings.alpaca.keys },
  });
}

/** A part that needs no files and no secrets. */
function part(data: string, daemon: Daemon): DaemonInputs {
  return { data, daemon, files: [], secrets: [] };
}

/** The lake's schedules as commands of ours. */
function localSchedules(lake: Lake, layout: Layout, { entry, origin }: LocalOptions): Schedule[] {
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
