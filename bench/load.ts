import { setTimeout as pause } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import type { Broker } from '../src/tools/broker.ts';
import { connectTo } from '../test/support/topic.ts';
import { LastCloses, partitionOf, recordOf, type Quote, type Tally } from './quotes.ts';

/** Next offset by partition: all below it are there. */
export type Ends = ReadonlyMap<number, number>;

/** An acknowledged event: its place in the log, and when it was sent, by `performance.now()`. */
export interface Sent {
  partition: number;
  offset: number;
  at: number;
}

export interface Load {
  sent: Sent[];
  ends: Ends;
  expected: Tally;
}

/** Messages of one request: both partitions stay below the broker's limit of a batch. */
const chunk = 6000;

/** Fills the topic as fast as possible. */
export async function preload(broker: Broker, topic: string, quotes: Iterable<Quote>): Promise<Omit<Load, 'sent'>> {
  const closes = new LastCloses();
  const ends = new Map<number, number>();
  await withProducer(broker, async (producer) => {
    let waiting: Quote[] = [];
    const flush = async () => {
      if (waiting.length > 0)
        for (const { partition, offset } of await send(producer, topic, waiting)) ends.set(partition, offset + 1);
      waiting = [];
    };
    for (const quote of quotes) {
      closes.note(quote);
      if (waiting.push(quote) === chunk) await flush();
    }
    await flush();
  });
  return { ends, expected: closes.tally() };
}

/** Stretches the interval between sends a little, so that they do not stay in step with a trigger. */
const outOfStep = 1.013;

/** Sends quotes of the running minute, `rate` a second over `coins` coins, for some seconds. Each has a new price. */
export async function sendSteadily(
  broker: Broker,
  topic: string,
  {
    rate,
    coins,
    seconds,
    onSecond,
  }: { rate: number; coins: number; seconds: number; onSecond?: (second: number) => void },
  closes: LastCloses,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  // Fifty requests a second at most.
  const size = Math.ceil(rate / 50);
  const everyMs = (1000 / rate) * size * outOfStep;
  await withProducer(broker, async (producer) => {
    const started = performance.now();
    let second = -1;
    for (let event = 0; event < rate * seconds; event += size) {
      await pause(Math.max(0, started + (event / size) * everyMs - performance.now()));
      const now = Math.floor((performance.now() - started) / 1000);
      if (now > second) onSecond?.((second = now));
      const minute = Math.floor(Date.now() / 60_000) * 60_000;
      const quotes = Array.from({ length: size }, (_, place) => ({
        coin: (event + place) % coins,
        minute,
        cents: 1_000_000 + event + place,
      }));
      for (const quote of quotes) closes.note(quote);
      sent.push(...(await send(producer, topic, quotes)));
    }
  });
  return sent;
}

async function send(producer: Producer, topic: string, quotes: Quote[]): Promise<Sent[]> {
  const messages = quotes.map(recordOf);
  const at = performance.now();
  const answers = await producer.send({ topic, acks: -1, messages });
  const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
  return quotes.map(({ coin }) => {
    const partition = partitionOf(coin);
    const offset = next.get(partition) ?? NaN;
    next.set(partition, offset + 1);
    return { partition, offset, at };
  });
}

async function withProducer(broker: Broker, use: (producer: Producer) => Promise<void>): Promise<void> {
  const producer = connectTo(broker).producer();
  await producer.connect();
  try {
    await use(producer);
  } finally {
    await producer.disconnect();
  }
}
