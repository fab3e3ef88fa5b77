import type { Broker } from './broker.ts';
import { connect, withAdmin } from './kafka.ts';

/** A record of a topic that is followed. */
export interface FollowedRecord {
  value: Buffer;
  /** of its header `source` */
  source: string;
  /** milliseconds since 1970 */
  producedAt: number;
}

export interface Following {
  /** records that were produced later are read, in milliseconds since 1970 */
  fromMs: number;
  /** gets the records of one partition, in their order */
  onRecords: (records: FollowedRecord[]) => void;
  /** records were left out, because there were too many to keep up */
  onLeftOut: () => void;
  /** it reads no more, because something failed */
  onEnd: (error: Error) => void;
}

export interface TopicFollower {
  close: () => Promise<void>;
}

/** The broker answers this often while there is little, so that a busy topic does not cost a request for each record. */
const answeredEveryMs = 150;
const answerBytes = 64 * 1024;
const mostBytes = 256 * 1024;
/** Records behind the end of a partition from which on it goes on at the end, and how many before it. */
const mostBehind = 20_000;
const tail = 500;

/**
 * Follows a topic near its end, for somebody who looks on: offsets are kept nowhere, and what is too much is left out. Resolves once it reads.
 * @throws Fault of kind `part`
 */
export async function followTopic(broker: Broker, topic: string, following: Following): Promise<TopicFollower> {
  const begin = await withAdmin(broker, (admin) => admin.fetchTopicOffsetsByTimestamp(topic, following.fromMs));
  const consumer = connect(broker).consumer({
    // A group of its own for each follower: nobody waits for a member that has died.
    groupId: `cryptodm-follower-${String(process.pid)}-${String(Date.now())}`,
    ...{ minBytes: answerBytes, maxWaitTimeInMs: answeredEveryMs, maxBytesPerPartition: mostBytes },
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 50, retries: 5, restartOnFailure: () => Promise.resolve(false) },
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => following.onEnd(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    const running = consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const end = Number(batch.highWatermark);
        if (end - Number(batch.lastOffset()) > mostBehind) {
          following.onLeftOut();
          consumer.seek({ topic, partition: batch.partition, offset: String(end - tail) });
        }
        following.onRecords(
          batch.messages.flatMap(({ value, headers, timestamp }) =>
            value === null ? [] : [{ value, source: String(headers?.['source'] ?? ''), producedAt: Number(timestamp) }],
          ),
        );
        return Promise.resolve();
      },
    });
    for (const { partition, offset } of begin) consumer.seek({ topic, partition, offset });
    await running;
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw error;
  }
  return { close: () => consumer.disconnect() };
}
