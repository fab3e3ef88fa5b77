import type { Exchange } from './exchanges.ts';
import type { Begin } from './generations.ts';
import { renderIndexDefinition } from './mapping.ts';
import { isStreamJob, type Lake, type Topic } from './schema.ts';

/** The part of the spec that depends on where the lake runs, as the JVM side reads it (`docs/contracts.md`). */
export interface TargetSpec {
  kafka: {
    bootstrapServers: string;
    /** of the broker that is meant; absent: none is compared */
    clusterId?: string | undefined;
    properties: Record<string, string>;
    replication: number;
  };
  catalog: { name: string; properties: Record<string, string> };
  /** whether the catalog holds the views, made from the spec; else a query brings them along */
  views?: boolean;
  /**
   * `secret` is the name of one with `username` and `password`, `credentialFile` the path of the file with the token of a lake on this machine,
   * `lakeAlias` an alias that only the index of this lake has
   */
  search: {
    url: string;
    lakeAlias?: string | undefined;
    userEnv?: string;
    passwordEnv?: string;
    secret?: string;
    credentialFile?: string;
  };
  /** how often each topic was created or has lost records, by topic name; 1 or more */
  generations: Record<string, number>;
  /** where the generations begin in topics that have lost records, by topic name */
  begins?: Record<string, Begin[]>;
  /** bytes that a topic with readers keeps, see `topicSettings` */
  topicBytes: number;
  /** base URI of the jobs' checkpoints */
  checkpoints: string;
  /** folder or base URI of the jobs' progress files; absent where nothing reads them */
  progress?: string;
  /** trigger of each kind of job, in Spark's format, such as `1 second` */
  triggers: Record<'quotes' | 'trades' | 'market' | 'search' | 'layers', string>;
  /** records that batches of each kind of job should hold, and how many times the least batch the memory has room for; absent: the least */
  batches?: { wanted: Record<'quotes' | 'trades' | 'market' | 'search', number>; room: number };
  quotes: {
    source: string;
    pollSeconds: number;
    /** how far back a coin that is new gets its history; 0 for none */
    historySeconds: number;
    alpacaUrl: string;
    rate: number;
    speed: number;
    seed: number;
    /** name of the secret with `keyId` and `secretKey` of the market data; absent: the environment may hold them */
    keysSecret?: string;
    /** what tables hold of topics that are gone: the last minute of each source of a pair, UTC; absent where that is not known */
    kept?: { pair: string; source: string; last: string }[];
  };
  trades: { rate: number; users: number; seed: number };
  /** exchanges whose trades are taken: their addresses, and which one makes the bars of a pair, where it is not the first one that is named */
  market: { streams: Record<Exchange, string>; urls: Record<Exchange, string>; bars: Record<string, Exchange> };
}

export type Spec = ReturnType<typeof renderSpec>;

/** The spec: the one file that tells producers and jobs what the lake is and where it runs. */
export function renderSpec(lake: Lake, target: TargetSpec) {
  const generation = (name: string) => target.generations[name] ?? 1;
  const topicNames = new Map<string, string>(lake.topics.map((topic) => [topic.id, topic.name]));
  const index = lake.indexes[0];
  return {
    version: 1,
    lake: lake.name,
    kafka: {
      bootstrapServers: target.kafka.bootstrapServers,
      clusterId: target.kafka.clusterId,
      properties: target.kafka.properties,
    },
    topics: Object.fromEntries(
      lake.topics.map((topic) => [
        topic.id,
        {
          name: topic.name,
          partitions: topic.partitions,
          replication: target.kafka.replication,
          generation: generation(topic.name),
          begins: target.begins?.[topic.name],
          config: topicSettings(lake, topic, { replication: target.kafka.replication, bytes: target.topicBytes }),
          bound: hasReaders(lake, topic) ? { bytes: target.topicBytes, seconds: topic.retentionDays * day } : undefined,
        },
      ]),
    ),
    catalog: target.catalog,
    tables: lake.tables,
    views: target.views === true ? lake.views : undefined,
    search: {
      ...target.search,
      index: index?.name,
      alias: index?.alias,
      definition: index === undefined ? undefined : renderIndexDefinition(lake, index.name),
    },
    coins: lake.coins.map(({ pair, price }) => {
      const [base, quote] = pair.split('/');
      return { pair, base, quote, price };
    }),
    renamed: lake.renamed,
    producers: {
      quotes: {
        topic: 'quotes',
        source: target.quotes.source,
        pollSeconds: target.quotes.pollSeconds,
        historySeconds: target.quotes.historySeconds,
        alpacaUrl: target.quotes.alpacaUrl,
        keyIdEnv: 'APCA_API_KEY_ID',
        secretKeyEnv: 'APCA_API_SECRET_KEY',
        rate: target.quotes.rate,
        speed: target.quotes.speed,
        seed: target.quotes.seed,
        keysSecret: target.quotes.keysSecret,
        kept: target.quotes.kept,
      },
      trades: { topic: 'trades', ...target.trades },
      market: { topic: 'market', ...target.market },
    },
    jobs: lake.jobs.map((job) => {
      const { id, kind, jar, mainClass } = job;
      const progressFile = target.progress === undefined ? undefined : `${target.progress}/${id}.json`;
      if (!isStreamJob(job)) {
        return { id, kind, jar, mainClass, inputs: job.inputs, trigger: target.triggers.layers, progressFile };
      }
      const checkpoint = (its: number) => `${target.checkpoints}/${id}/g${String(its)}`;
      const topic = topicNames.get(job.topic) ?? '';
      const earlier = target.begins?.[topic]?.at(-2);
      const pace = job.kind === 'quotes-to-index' ? 'search' : job.topic;
      return {
        id,
        kind,
        jar,
        mainClass,
        topic: job.topic,
        table: job.table,
        badTable: job.badTable,
        coverageTable: job.coverageTable,
        holeTable: job.holeTable,
        candleTable: job.candleTable,
        trigger: target.triggers[pace],
        checkpoint: checkpoint(generation(topic)),
        continues: earlier === undefined ? undefined : checkpoint(earlier.generation),
        maxOffsetsPerTrigger: batchSize(job.maxOffsetsPerTrigger, target.batches?.wanted[pace], target.batches?.room),
        progressFile,
      };
    }),
  };
}

/**
 * Records of the largest batch: in proportion to the time between two triggers, so that the pace of a job does not depend on it, and never below the
 * declared least, with which a job catches up. The memory bounds it, because the driver holds something of each record.
 */
function batchSize(least: number, wanted = least, room = 1): number {
  return Math.floor(Math.min(Math.max(least, wanted), least * room));
}

/** Seconds. */
const day = 24 * 60 * 60;

/** Segments are removed whole, so a small topic needs small ones; Kafka allows none below 1 MiB. */
const segment = { least: 2 ** 20, most: 2 ** 27, ofBound: 32 };

/** Whether jobs read a topic: of such a topic only what they have taken is removed, by the jobs themselves (decision 39). */
function hasReaders(lake: Lake, { id }: Topic): boolean {
  return lake.jobs.some((job) => isStreamJob(job) && job.topic === id);
}

/**
 * Kafka's settings of a topic. The broker removes by age only what nobody reads. Its limit of bytes counts for each partition alone, so a
 * topic whose producers pause at the same size never reaches it.
 * @param bytes that the topic may have
 */
export function topicSettings(
  lake: Lake,
  topic: Topic,
  { replication, bytes }: { replication: number; bytes: number },
): Record<string, string> {
  const share = Math.floor(bytes / segment.ofBound);
  return {
    'retention.ms': hasReaders(lake, topic) ? '-1' : String(topic.retentionDays * day * 1000),
    'retention.bytes': String(bytes),
    'segment.bytes': String(Math.min(segment.most, Math.max(segment.least, share))),
    'min.insync.replicas': String(Math.max(1, replication - 1)),
  };
}
