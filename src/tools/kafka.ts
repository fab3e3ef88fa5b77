import { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs';
import { Fault } from '../errors.ts';

/** A broker, as this client reaches it. kafkajs is no longer maintained: it stays behind this file. */
export interface Broker {
  bootstrapServers: string;
}

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

// kafkajs sets timers with a negative delay, of which Node 24 warns on stderr; they mean "at once".
const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
process.emitWarning = (...given: unknown[]) => {
  if (given[1] !== 'TimeoutNegativeWarning') emitWarning(...given);
};

const lookWithinMs = 2000;

const probeTopic = 'cryptodm-probe';

/** Our own clients wait for readiness themselves, so that a broker that is not up yet costs milliseconds and no noise. */
function connect(broker: Broker, options: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    clientId: 'cryptodm',
    brokers: broker.bootstrapServers.split(','),
    connectionTimeout: 1000,
    requestTimeout: 10_000,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 8, maxRetryTime: 500 },
    ...options,
  });
}

async function withAdmin<T>(
  broker: Broker,
  use: (admin: Admin) => Promise<T>,
  options: Partial<KafkaConfig> = {},
): Promise<T> {
  const admin = connect(broker, options).admin();
  try {
    await admin.connect();
    return await use(admin);
  } catch (error) {
    throw new Fault('part', `Kafka at ${broker.bootstrapServers}: ${(error as Error).message}`, {
      next: 'See "cryptodm status" and "cryptodm logs kafka".',
      cause: error,
    });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** True when the broker acknowledged a record just now. */
export async function acknowledges(broker: Broker): Promise<boolean> {
  const kafka = connect(broker, { retry: { retries: 0 } });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 5, initialRetryTime: 20 } });
  try {
    await admin.connect();
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

/**
 * Creates the topics that are missing; standing ones are left as they are.
 * @returns the names of those created
 * @throws Fault of kind `part` when a standing topic has another number of partitions, because the order of revisions depends on it
 */
export async function createTopics(broker: Broker, topics: TopicDeclaration[]): Promise<string[]> {
  return withAdmin(broker, async (admin) => {
    const standing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !standing.has(topic.name));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: topic.replication,
          configEntries: Object.entries(topic.config).map(([name, value]) => ({ name, value })),
        })),
      });
    }
    const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) });
    for (const topic of topics) {
      const partitions = found.find((candidate) => candidate.name === topic.name)?.partitions.length;
      if (partitions !== topic.partitions) {
        throw new Fault(
          'part',
          `topic ${topic.name} has ${String(partitions)} partitions, the lake declares ${String(topic.partitions)}`,
          {
            next: 'The number never changes: set it back in the declaration, or take the lake down with "cryptodm down".',
          },
        );
      }
    }
    return missing.map((topic) => topic.name);
  });
}

/** Names of all topics but the broker's own and our probe. */
export async function listTopics(broker: Broker): Promise<string[]> {
  return withAdmin(broker, async (admin) =>
    (await admin.listTopics()).filter((name) => !name.startsWith('__') && name !== probeTopic),
  );
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
 * Ranges as they are now, for whoever only looks: a broker that does not answer within 2 s is not waited for.
 * @returns `ranges` undefined where they can't be told; `answers` false when the broker said nothing at all
 */
export async function lookAtTopics(
  broker: Broker,
  names: string[],
): Promise<{ answers: boolean; ranges: Record<string, Record<number, PartitionRange>> | undefined }> {
  const options = { requestTimeout: lookWithinMs, retry: { retries: 0 } };
  try {
    return { answers: true, ranges: await withAdmin(broker, (admin) => rangesOf(admin, names), options) };
  } catch (error) {
    // What the broker itself refuses has a type, such as UNKNOWN_TOPIC_OR_PARTITION.
    const said = (error as Fault).cause as { type?: string } | undefined;
    return { answers: said?.type !== undefined, ranges: undefined };
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
