import { Kafka, logLevel } from 'kafkajs';

export interface TopicRecord {
  partition: number;
  offset: number;
  key: string;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** Everything a topic holds now, read from its beginning by a client that is not ours. */
export async function readTopic(broker: string, topic: string): Promise<TopicRecord[]> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const missing = new Map(ends.filter((end) => end.high !== end.low).map((end) => [end.partition, Number(end.high)]));
  const records: TopicRecord[] = [];
  if (missing.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `test-${String(process.pid)}-${String(Date.now())}` });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachBatch: ({ batch }) => {
            for (const message of batch.messages) {
              const offset = Number(message.offset);
              records.push({
                partition: batch.partition,
                offset,
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
}

/** Sends records as any client could, well-formed or not. */
export async function sendRaw(broker: string, topic: string, records: Sent[]): Promise<void> {
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer();
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: records });
  } finally {
    await producer.disconnect();
  }
}
