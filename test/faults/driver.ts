import { setTimeout as pause } from 'node:timers/promises';
import type { Broker } from '../../src/tools/broker.ts';
import { openSender, type Sender } from '../support/topic.ts';
import type { EventTopic, FaultEvent } from './events.ts';

/** A record that the broker has acknowledged. */
export interface Acknowledged {
  event: FaultEvent;
  partition: number;
  offset: number;
  /** of `performance.now()` */
  at: number;
}

export type Ledger = Record<EventTopic, Acknowledged[]>;

/** records of one request */
const batch = 250;

/**
 * Sends the events of each topic in order, spread over `durationMs`. When the broker goes away it sends unacknowledged records again, with a
 * new client when the old one gave up, so that they may be twice in the topic. Resolves when all are acknowledged.
 */
export async function drive(broker: Broker, events: FaultEvent[], durationMs: number): Promise<Ledger> {
  const ledger: Ledger = { 'coinbase-currencies': [], 'coinbase-trades': [] };
  const started = performance.now();
  const driveTopic = async (topic: EventTopic) => {
    const mine = events.filter((event) => event.topic === topic);
    let sender: Sender | undefined;
    for (let at = 0; at < mine.length; at += batch) {
      const wait = started + (durationMs * at) / mine.length - performance.now();
      if (wait > 0) await pause(wait);
      const records = mine.slice(at, at + batch);
      for (;;) {
        try {
          sender ??= await openSender(broker);
          const bases = await sender.send(
            topic,
            records.map(({ key, value, partition }) => ({
              key,
              value,
              partition,
              headers: { source: sourceOf(topic) },
            })),
          );
          note(ledger[topic], records, bases);
          break;
        } catch {
          await sender?.close().catch(() => undefined);
          sender = undefined;
          await pause(200);
        }
      }
    }
    await sender?.close();
  };
  await Promise.all((Object.keys(ledger) as EventTopic[]).map(driveTopic));
  return ledger;
}

function sourceOf(topic: EventTopic): string {
  return topic === 'coinbase-trades' ? 'user' : 'harness';
}

function note(acknowledged: Acknowledged[], records: FaultEvent[], bases: Map<number, number>): void {
  const next = new Map(bases);
  const at = performance.now();
  for (const event of records) {
    const offset = next.get(event.partition);
    if (offset === undefined) throw new Error(`the broker returned no offset of partition ${String(event.partition)}`);
    next.set(event.partition, offset + 1);
    acknowledged.push({ event, partition: event.partition, offset, at });
  }
}
