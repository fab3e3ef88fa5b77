import { join } from 'node:path';
import type * as z from 'zod';
import type { Handle, Step } from '../engine/step.ts';
import { renderIndexTemplate } from '../lake/mapping.ts';
import { isStreamJob, type Lake } from '../lake/schema.ts';
import { topicSettings, type TargetSpec } from '../lake/spec.ts';
import { renderBatches, renderProduction, renderTrigger as trigger } from '../settings/production.ts';
import { secretNames } from '../settings/secret-names.ts';
import type { SettingsOrigin } from '../settings/remembered.ts';
import type { Settings } from '../settings/schema.ts';
import { clientProperties } from '../tools/broker.ts';
import { lakeAlias } from '../tools/search-identity.ts';
import { brokerAddress, searchAddress } from './addresses.ts';
import { credentialMark } from './credential.ts';
import { clusterIdOf, readLakeId } from './identity.ts';
import { readKeptPrices } from './kept-prices.ts';
import type { IndexTemplate } from '../tools/elastic.ts';
import type { LocalLake } from './lake.ts';
import { layOut, ownFolders, type Layout } from './layout.ts';
import type { Daemon } from './parts/daemon.ts';
import type { LocalParts } from './parts/lake-parts.ts';
import type { LakePart } from './parts/part.ts';
import { daemon, type LocalSession } from './steps/daemon.ts';
import { folder } from './steps/folder.ts';
import { index } from './steps/index.ts';
import { jobs } from './steps/jobs.ts';
import { schedules } from './steps/schedules.ts';
import { spec, type specOutputs } from './steps/spec.ts';
import { supervisor } from './steps/supervisor.ts';
import { tables } from './steps/tables.ts';
import { topics } from './steps/topics.ts';
import { locationOf } from './tables/catalog.ts';
import type { Command, Refill, Schedule } from './supervisor/schedules.ts';

export interface LocalOptions {
  /** start the producers too */
  produce: boolean;
  /** arguments of node that start this program */
  entry: string[];
  /** where commands that run by themselves find the settings that this one found */
  origin: SettingsOrigin;
}

/** Stream jobs that share the heap of the one process on this machine. */
const jobsOfProcess = 4;

/** As journals and events name the step of the supervisor. */
const supervisorId = 'resident';

/** Where a local lake runs, in the words of the spec. */
export function localPlace(settings: Settings, layout: Layout): Omit<TargetSpec, 'generations' | 'begins'> {
  const id = readLakeId(layout);
  const production = renderProduction(settings);
  return {
    kafka: {
      bootstrapServers: brokerAddress(settings),
      clusterId: clusterIdOf(layout),
      properties: settings.access.broker === 'open' ? {} : clientProperties(layout.credential),
      replication: 1,
    },
    catalog: {
      name: 'lake',
      properties: {
        type: 'jdbc',
        uri: `jdbc:sqlite:${layout.catalog}`,
        'jdbc.schema-version': 'V1',
        // One connection a process: SQLite knows one writer at a time.
        clients: '1',
        warehouse: locationOf(layout.warehouse),
      },
    },
    search: {
      url: searchAddress(settings),
      lakeAlias: id === undefined ? undefined : lakeAlias(id),
      credentialFile: layout.credential,
    },
    checkpoints: layout.checkpoints,
    progress: layout.run,
    triggers: {
      quotes: trigger(settings.triggers.quotes),
      trades: trigger(settings.triggers.trades),
      market: trigger(settings.triggers.market),
      search: trigger(settings.triggers.search),
      layers: trigger(settings.triggers.layers),
    },
    ...production,
    quotes: { ...production.quotes, kept: readKeptPrices(layout) },
    batches: renderBatches(settings, settings.triggers, settings.memory.spark / jobsOfProcess),
  };
}

/** The steps that start a lake on this machine. Nothing happens here. */
export function localSteps(
  { layout, settings, declaredBroker: broker, search }: LocalLake,
  lake: Lake,
  parts: LocalParts,
  options: LocalOptions,
): Step<unknown, LocalSession>[] {
  const { data } = layout;

  const lakeFolder = folder.step({
    id: 'folder',
    title: 'folder',
    minor: true,
    data: true,
    inputs: { path: data, whole: false, files: [] },
  });
  const folders = ownFolders(layout).map(({ id, path, holdsData }) =>
    folder.step({
      id,
      title: id.replace('-', ' '),
      needs: [lakeFolder],
      minor: true,
      data: holdsData,
      inputs: { path, whole: true, files: [] },
    }),
  );
  const [logs, run, warehouse] = [{ id: 'log-folder' }, { id: 'run-folder' }, { id: 'warehouse-folder' }];
  const [temporary, kafkaFolder] = [{ id: 'temporary-folder' }, { id: 'kafka-folder' }];

  const supervisorStep = supervisor.step({
    id: supervisorId,
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
    needs: [run, lakeSpec],
    inputs: {
      file: layout.schedules,
      schedules: localSchedules(lake, layout, options),
      up: upCommand(layout, options),
      refill: refillOf(lake, layout, options),
      fill: fillCommand(layout, options),
    },
  });
  const specStep = spec.step({
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
  const kafka = partStep(parts.kafka, data);
  const elasticsearch = partStep(parts.elasticsearch, data);
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
        config: topicSettings(lake, topic, { replication: 1, bytes: settings.topics.size }),
      })),
    },
  });
  const lakeTables = tables.step({
    id: 'tables',
    title: 'tables',
    needs: [specStep, warehouse, temporary],
    data: true,
    inputs: { ...parts.createTables, tables: lake.tables, catalog: layout.catalog },
  });
  const indexes = lake.indexes.slice(0, 1).map(({ name, table }) =>
    index.step({
      id: 'index',
      title: 'index',
      needs: [elasticsearch],
      data: true,
      inputs: {
        ...{ search, name, template: withAlias(renderIndexTemplate(lake, name, 0), search.lake) },
        source: { catalog: layout.catalog, table, checkpoints: checkpointsOf(lake, name, layout) },
      },
    }),
  );
  const spark = partStep(parts.spark, data);
  const streams = jobs.step({
    id: 'jobs',
    title: 'stream jobs',
    needs: [spark, lakeTopics, lakeTables, ...indexes],
    inputs: {
      data,
      titles: lake.jobs.map((job) => job.title),
      part: spark.id,
      files: lake.jobs.map((job) => layout.jobProgress(job.id)),
      generations: layout.generations,
      unhurried: lake.jobs.filter((job) => !isStreamJob(job)).map((job) => layout.jobProgress(job.id)),
    },
  });
  const producers = options.produce ? parts.producers : [];
  const dashboards = parts.dashboard === undefined ? [] : [parts.dashboard];
  const others = [...producers, ...dashboards].map((part) => partStep(part, data));
  return [
    ...[lakeFolder, ...folders],
    ...[supervisorStep, scheduled, specStep, kafka, elasticsearch, lakeTopics, lakeTables],
    ...[...indexes, spark, streams, ...others],
  ];
}

/** Folder of the checkpoints of the job that fills an index. */
function checkpointsOf({ jobs }: Lake, name: string, { checkpoints }: Layout): string {
  return join(checkpoints, jobs.filter(isStreamJob).find(({ index: its }) => its === name)?.id ?? '');
}

/** Beside the alias for people, one that no other lake's index has. */
function withAlias(index: IndexTemplate, lake: string | undefined): IndexTemplate {
  if (lake === undefined) return index;
  const { template } = index;
  return { ...index, template: { ...template, aliases: { ...template.aliases, [lakeAlias(lake)]: {} } } };
}

/** The step that starts a part. What it needs is named, so that it fits into a lake that is up as well. */
export function partStep(part: LakePart, data: string): Step<undefined, LocalSession> {
  const { daemon: described, files = [], ready, needs, stopsBefore, keys } = part;
  return daemon.step({
    id: described.id,
    title: described.title,
    // What the spec refuses is refused before a process starts.
    needs: [...needs.map((id) => ({ id })), lakeSpec],
    ...(part.readsSpec === true ? { takes: { spec: lakeSpec } } : {}),
    ...(stopsBefore === undefined ? {} : { before: stopsBefore.map((id) => ({ id })) }),
    inputs: {
      data,
      daemon: withMark(described, layOut(data)),
      files,
      secrets: keys === undefined ? [] : secretNames,
      ...(keys?.file === undefined ? {} : { secretsFile: keys.file }),
      ...(ready === undefined ? {} : { ready }),
    },
  });
}

/** A process that was started with another credential must be started again. */
function withMark(daemon: Daemon, layout: Layout): Daemon {
  const mark = credentialMark(layout);
  return mark === undefined ? daemon : { ...daemon, env: { ...daemon.env, CRYPTODM_CREDENTIAL_MARK: mark } };
}

/** The spec of any lake. */
const lakeSpec: Handle<z.infer<typeof specOutputs>> = { id: 'spec', kind: spec };

/** The "up" that the supervisor runs by itself when only that helps. */
function upCommand(layout: Layout, options: LocalOptions): Command {
  return { id: 'up', title: 'up', ...ownCommand(['up', '--repair'], layout, options), log: layout.log('up') };
}

/** What fetches quotes again that were lost, from the market's history. */
function refillOf({ jobs: all, producers }: Lake, layout: Layout, options: LocalOptions): Refill | undefined {
  const job = all.find(({ kind }) => kind === 'quotes-to-table');
  const producer = producers.find(({ id }) => id === 'quotes');
  if (job === undefined || producer === undefined) return undefined;
  return {
    command: {
      id: 'backfill',
      title: 'backfill',
      ...ownCommand(['backfill'], layout, options),
      log: layout.log('backfill'),
    },
    job: layout.jobProgress(job.id),
    producer: layout.producerProgress(producer.id),
  };
}

/** The command by which the supervisor fills an index that was made again. */
function fillCommand(layout: Layout, options: LocalOptions): Command {
  const words = ['index', 'fill'];
  return { id: 'index-fill', title: 'index', ...ownCommand(words, layout, options), log: layout.log('index-fill') };
}

/** Arguments of node for a command of ours on this lake, with the settings that this one found. */
function ownCommand(words: string[], { data }: Layout, { entry, origin }: LocalOptions) {
  const config = origin.config === undefined ? [] : ['--config', origin.config];
  return {
    args: [...entry, ...words, '--data', data, '--no-input', '--json', ...config],
    cwd: origin.cwd,
    env: origin.env,
  };
}

/** The lake's schedules as commands of ours. */
function localSchedules(lake: Lake, layout: Layout, options: LocalOptions): Schedule[] {
  const commands = {
    assets: { title: 'icons', words: ['assets', 'refresh'], doneFile: undefined },
    optimize: { title: 'upkeep', words: ['optimize-iceberg'], doneFile: layout.maintenance },
  };
  return lake.schedules.map((schedule) => {
    const { title, words, doneFile } = commands[schedule.id];
    return {
      ...schedule,
      title,
      ...ownCommand(words, layout, options),
      log: layout.log(`schedule-${schedule.id}`),
      doneFile,
    };
  });
}
