import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { signIn, type Broker } from '../../src/tools/broker.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';

export interface TopicRecord {
  partition: number;
  offset: number;
  key: string;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** A record as a consumer gets it. */
export interface ReadRecord extends TopicRecord {
  /** when it was sent, in milliseconds since 1970 */
  timestamp: number;
}

/** A client that is not ours: it names no cluster, and signs in where the broker asks for it. */
export function connectTo(broker: Broker, more: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers: broker.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
    ...signIn(broker),
    ...more,
  });
}

/** Reads a topic from its start or from the given offsets to its present end, with a client that is not ours. */
export async function readTopic(
  broker: Broker,
  topic: string,
  from: Record<number, number> = {},
): Promise<ReadRecord[]> {
  const kafka = connectTo(broker);
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const begin = (partition: number, low: string) => Math.max(from[partition] ?? 0, Number(low));
  const missing = new Map(
    ends
      .filter((end) => Number(end.high) > begin(end.partition, end.low))
      .map((end) => [end.partition, Number(end.high)]),
  );
  const records: ReadRecord[] = [];
  const next = new Map<number, number>();
  if (missing.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `test-${topic}-${String(process.pid)}-${String(Date.now())}` });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const seeking = ends.map((end) => ({ ...end, offset: String(begin(end.partition, end.low)) }));
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachBatch: ({ batch }) => {
            for (const message of batch.messages) {
              const offset = Number(message.offset);
              // Records that were fetched before the seek may come again.
              if (offset < (next.get(batch.partition) ?? from[batch.partition] ?? 0)) continue;
              next.set(batch.partition, offset + 1);
              records.push({
                partition: batch.partition,
                offset,
                timestamp: Number(message.timestamp),
                key: message.key?.toString('utf8') ?? '',
                value: message.value,
                headers: Object.fromEntries(
                  Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
                ),
              });
              if (offset + 1 >= (missing.get(batch.partition) ?? Infinity)) missing.delete(batch.partition);
            }
            if (missing.size === 0) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
      for (const { partition, offset } of seeking) consumer.seek({ topic, partition, offset });
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}

export interface Sent {
  key: string;
  value: string | Buffer | null;
  headers?: Record<string, string>;
  /** absent: by the key */
  partition?: number;
}

/** Sends records as any client can, well-formed or not. */
export async function sendRaw(broker: Broker, topic: string, records: Sent[]): Promise<void> {
  const producer = connectTo(broker).producer();
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: records });
  } finally {
    await producer.disconnect();
  }
}

/** Deletes a topic and creates it again, as somebody else may do behind the lake's back. Resolves once it takes records. */
export async function recreateTopic(broker: Broker, topic: string, numPartitions: number): Promise<void> {
  const admin = connectTo(broker).admin();
  const until = async (reached: () => Promise<true | undefined>) => {
    // The broker says for a moment that it knows nothing of the topic.
    const done = await awaitAnswer(() => reached().catch(() => undefined), { withinMs: 30_000, everyMs: 20 });
    if (done === undefined) throw new Error(`${topic} is not created again`);
  };
  try {
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until(async () => ((await admin.listTopics()).includes(topic) ? undefined : true));
    await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
    await until(async () => ((await admin.fetchTopicOffsets(topic)).length === numPartitions ? true : undefined));
  } finally {
    await admin.disconnect();
  }
}

/** A producer that sends in order and without duplicates, and returns offsets. */
export interface Sender {
  /** Waits while the broker is away. @returns the offset of the first record of each partition of the batch */
  send(topic: string, records: Sent[]): Promise<Map<number, number>>;
  close(): Promise<void>;
}

/**
 * Opens an idempotent producer that waits for all acknowledgements.
 * @param retries how often it tries again before it fails
 */
export async function openSender(broker: Broker, retries = Number.MAX_SAFE_INTEGER): Promise<Sender> {
  const kafka = connectTo(broker, {
    requestTimeout: 20_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries },
  });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  return {
    send: async (topic, records) => {
      const sent = await producer.send({ topic, acks: -1, messages: records });
      return new Map(sent.map((part) => [part.partition, Number(part.baseOffset)]));
    },
    close: () => producer.disconnect(),
  };
}
