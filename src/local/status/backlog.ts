import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PartitionRange } from '../../tools/kafka.ts';
import { secondsUntilPause, type Backlog } from '../../tools/topic-backlog.ts';

/** A job that reads a topic, and the offsets that it reads next. */
export interface TopicReader {
  title: string;
  offsets: Readonly<Record<string, number>>;
}

const windowMs = 60_000;
const leastMs = 4000;

/** Measures backlogs again and again, so that it knows how they grow. */
export class BacklogWatch {
  private readonly samples = new Map<string, { at: number; waiting: number }[]>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns undefined for a topic that nobody reads, or that is empty */
  measure(
    topic: { name: string; bytes: number; most: number },
    ranges: Readonly<Record<string, PartitionRange>>,
    readers: readonly TopicReader[],
  ): Backlog | undefined {
    const held = Object.values(ranges).reduce((sum, { low, high }) => sum + high - low, 0);
    const waits = readers.map(({ title, offsets }) => ({ title, records: untaken(ranges, offsets) }));
    const [slowest] = waits.sort((one, other) => other.records - one.records);
    if (slowest === undefined || held === 0) return undefined;
    const waiting = (topic.bytes * slowest.records) / held;
    const secondsLeft = secondsUntilPause({ waiting, most: topic.most }, this.growthOf(topic.name, waiting));
    return { bytes: topic.bytes, most: topic.most, waiting, slowest: slowest.title, secondsLeft };
  }

  /** Bytes a second. */
  private growthOf(topic: string, waiting: number): number {
    const at = this.now();
    const kept = (this.samples.get(topic) ?? []).filter((sample) => at - sample.at <= windowMs);
    this.samples.set(topic, [...kept, { at, waiting }]);
    const [first] = kept;
    return first === undefined || at - first.at < leastMs ? 0 : (1000 * (waiting - first.waiting)) / (at - first.at);
  }
}

function untaken(ranges: Readonly<Record<string, PartitionRange>>, offsets: Readonly<Record<string, number>>): number {
  return Object.entries(ranges).reduce(
    (sum, [partition, { low, high }]) => sum + Math.max(0, high - Math.max(low, offsets[partition] ?? 0)),
    0,
  );
}

/** Bytes of a topic's segments in the broker's folder. */
export function topicBytes(logFolder: string, topic: string): number {
  const isPartition = (name: string) => name.startsWith(`${topic}-`) && /^\d+$/.test(name.slice(topic.length + 1));
  return list(logFolder)
    .filter(isPartition)
    .flatMap((partition) => list(join(logFolder, partition)).map((file) => join(logFolder, partition, file)))
    .filter((file) => file.endsWith('.log'))
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
