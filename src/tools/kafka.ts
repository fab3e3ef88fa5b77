import kafkajs, { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs';
import { Fault } from '../errors.ts';
import { signIn, type Broker } from './broker.ts';

export interface TopicDeclaration {
  name: string;
  partitions: number;
  replication: number;
  config: Record<string, string>;
}

/** Offsets of a partition: the first still kept and the next to be written. */
export interface PartitionRange {
  low: number;
  high: number;
}

const lookWithinMs = 2000;

const probeTopic = 'cryptodm-probe';

/** Short waits and no log: the callers wait for readiness themselves. kafkajs is no longer maintained: it stays behind this file and the follower. */
export function connect(broker: Broker, options: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    clientId: clientIdOf('cryptodm', broker.clusterId),
    brokers: broker.bootstrapServers.split(','),
    ...signIn(broker),
    connectionTimeout: 1000,
    requestTimeout: 10_000,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 8, maxRetryTime: 500 },
    ...options,
  });
}

/** A client id that names the lake's cluster: a broker of another lake refuses each request of such a client (`docs/contracts.md`). */
export function clientIdOf(name: string, clusterId: string | undefined): string {
  return clusterId === undefined ? name : `${name}@${clusterId}`;
}

/** @throws Fault of kind `part` when another broker answers */
async function requireOwn(admin: Admin, { bootstrapServers, clusterId }: Broker): Promise<void> {
  if (clusterId === undefined) return;
  const found = (await admin.describeCluster()).clusterId;
  if (found !== clusterId) throw foreign(bootstrapServers, { expected: clusterId, found });
}

function foreign(where: string, facts: Record<string, unknown>, cause?: unknown): Fault {
  return new Fault('part', `what answers at ${where} is not the Kafka of this lake: nothing was written`, {
    where,
    next: 'See "cryptodm status".',
    facts: { foreign: true, ...facts },
    cause,
  });
}

/** What a broker says that does not know the credential or asks for none: the lake's own reads it from the same file as this client. */
const refusals = /invalid credentials|invalid server signature|current SASL state|mechanism is not supported/i;

function isRefusedLogin(error: unknown): boolean {
  return error instanceof Error && (refusals.test(error.message) || isRefusedLogin(error.cause));
}

/** @throws Fault of kind `part` where the broker does not do what is asked, or is another one */
export async function withAdmin<T>(
  broker: Broker,
  use: (admin: Admin) => Promise<T>,
  options: Partial<KafkaConfig> = {},
): Promise<T> {
  const admin = connect(broker, options).admin();
  try {
    await admin.connect();
    await requireOwn(admin, broker);
    return await use(admin);
  } catch (error) {
    if (error instanceof Fault) throw error;
    if (isRefusedLogin(error)) throw foreign(broker.bootstrapServers, {}, error);
    throw new Fault('part', `Kafka at ${broker.bootstrapServers}: ${(error as Error).message}`, {
      next: 'See "cryptodm status" and "cryptodm logs kafka".',
      cause: error,
    });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** True when the broker is the one that is meant and acknowledges a record now. */
export async function acknowledges(broker: Broker): Promise<boolean> {
  const kafka = connect(broker, { retry: { retries: 0 } });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 5, initialRetryTime: 20 } });
  try {
    await admin.connect();
    await requireOwn(admin, broker);
    const topic = { topic: probeTopic, numPartitions: 1, configEntries: [{ name: 'retention.ms', value: '3600000' }] };
    await admin.createTopics({ topics: [topic], waitForLeaders: false });
    await producer.connect();
    await producer.send({ topic: probeTopic, acks: -1, messages: [{ value: '' }] });
    return true;
  } catch {
    return false;
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
  }
}

/** What topics lack of their declaration. */
export interface TopicChanges {
  missing: TopicDeclaration[];
  /** those that exist with other settings */
  altered: TopicDeclaration[];
}

/**
 * Compares topics with their declaration.
 * @throws Fault of kind `part` when one exists with another number of partitions: the order of revisions depends on it
 */
export async function compareTopics(broker: Broker, topics: TopicDeclaration[]): Promise<TopicChanges> {
  return withAdmin(broker, (admin) => compare(admin, topics));
}

/**
 * Creates the topics that are missing, and gives existing ones the settings that are declared; other settings of theirs stay.
 * @param beforeCreating called with the names of the missing topics; nothing was changed yet
 * @throws Fault as {@link compareTopics}
 */
export async function alignTopics(
  broker: Broker,
  topics: TopicDeclaration[],
  beforeCreating: (missing: string[]) => void = () => undefined,
): Promise<void> {
  await withAdmin(broker, async (admin) => {
    const { missing, altered } = await compare(admin, topics);
    beforeCreating(missing.map((topic) => topic.name));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: topic.replication,
          configEntries: entriesOf(topic.config),
        })),
      });
    }
    if (altered.length > 0) await alter(admin, altered);
  });
}

async function compare(admin: Admin, topics: TopicDeclaration[]): Promise<TopicChanges> {
  const { topics: all } = await admin.fetchTopicMetadata();
  const partitions = new Map(all.map((topic) => [topic.name, topic.partitions.length]));
  const missing = topics.filter((topic) => !partitions.has(topic.name));
  const existing = topics.filter((topic) => partitions.has(topic.name));
  for (const topic of existing) {
    if (partitions.get(topic.name) === topic.partitions) continue;
    throw new Fault(
      'part',
      `topic ${topic.name} has ${String(partitions.get(topic.name))} partitions, the lake declares ${String(topic.partitions)}`,
      {
        where: topic.name,
        next: 'The number of a topic never changes: set "topics.partitions" back, or run "cryptodm down --keep-data" and then "cryptodm up".',
      },
    );
  }
  const settings = await settingsOf(admin, existing);
  const altered = existing.filter(({ name, config }) =>
    Object.entries(config).some(([key, value]) => settings.get(name)?.get(key)?.value !== value),
  );
  return { missing, altered };
}

interface TopicSetting {
  value: string;
  /** set for this topic, not inherited from the broker */
  own: boolean;
}

/** Settings by topic and name. */
async function settingsOf(admin: Admin, topics: TopicDeclaration[]): Promise<Map<string, Map<string, TopicSetting>>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(
        configEntries.map(({ configName, configValue, configSource }) => [
          configName,
          { value: configValue, own: configSource === kafkajs.ConfigSource.TOPIC_CONFIG },
        ]),
      ),
    ]),
  );
}

/** The request of kafkajs replaces all settings of a topic, so those that nobody declares are sent along. */
async function alter(admin: Admin, topics: TopicDeclaration[]): Promise<void> {
  const settings = await settingsOf(admin, topics);
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map(({ name, config }) => {
      const own = [...(settings.get(name) ?? [])].filter(([, setting]) => setting.own);
      const kept = Object.fromEntries(own.map(([key, { value }]) => [key, value]));
      return { type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries: entriesOf({ ...kept, ...config }) };
    }),
  });
}

function entriesOf(config: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}

/** Ranges of the topics' partitions, by topic and partition. */
export async function topicRanges(
  broker: Broker,
  names: string[],
): Promise<Record<string, Record<number, PartitionRange>>> {
  return withAdmin(broker, (admin) => rangesOf(admin, names));
}

async function rangesOf(admin: Admin, names: string[]): Promise<Record<string, Record<number, PartitionRange>>> {
  const ranges = await Promise.all(
    names.map(async (name) => {
      const offsets = await admin.fetchTopicOffsets(name);
      const byPartition = offsets.map(({ partition, low, high }) => [
        partition,
        { low: Number(low), high: Number(high) },
      ]);
      return [name, Object.fromEntries(byPartition) as Record<number, PartitionRange>] as const;
    }),
  );
  return Object.fromEntries(ranges);
}

/**
 * Ranges as they are now, for callers that only look: a broker that does not answer within 2 s is not waited for.
 * @returns `ranges` undefined where they are not known; `answers` false when the broker said nothing at all; `foreign` when it is another one
 */
export async function lookAtTopics(
  broker: Broker,
  names: string[],
): Promise<{
  answers: boolean;
  foreign: boolean;
  ranges: Record<string, Record<number, PartitionRange>> | undefined;
}> {
  const options = { requestTimeout: lookWithinMs, retry: { retries: 0 } };
  try {
    const ranges = await withAdmin(broker, (admin) => rangesOf(admin, names), options);
    return { answers: true, foreign: false, ranges };
  } catch (error) {
    const { cause, facts } = error as Fault;
    if (facts['foreign'] === true) return { answers: true, foreign: true, ranges: undefined };
    // A refusal of the broker itself has a type, such as UNKNOWN_TOPIC_OR_PARTITION.
    return { answers: (cause as { type?: string } | undefined)?.type !== undefined, foreign: false, ranges: undefined };
  }
}

export interface KafkaRecord {
  key: string;
  value: string;
  headers: Record<string, string>;
}

/** Sends records with acknowledgement of all replicas, each once. @returns partition and offset of the first of each partition */
export async function sendRecords(
  broker: Broker,
  topic: string,
  records: KafkaRecord[],
): Promise<{ partition: number; offset: number }[]> {
  // The broker refuses clients of another lake, but only if it is one of a lake.
  await withAdmin(broker, async () => Promise.resolve());
  const producer = connect(broker).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  try {
    await producer.connect();
    const sent = await producer.send({ topic, acks: -1, messages: records });
    return sent.map((part) => ({ partition: part.partition, offset: Number(part.baseOffset) }));
  } catch (error) {
    throw new Fault(
      'part',
      `Kafka at ${broker.bootstrapServers} did not take the record: ${(error as Error).message}`,
      {
        next: 'See "cryptodm status" and "cryptodm logs kafka".',
        cause: error,
      },
    );
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}
