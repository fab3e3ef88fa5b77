import type { Logs } from './comparison.ts';
import type { Acknowledged, Ledger } from './driver.ts';
import type { EventTopic } from './events.ts';
import type { Findings } from './findings.ts';

/** The log of all topics until a power cut, or until the end of the seed. */
export interface LedgerEra {
  logs: Logs;
  /** of `performance.now()`; absent for the last */
  cutAt?: number;
  /** what was acknowledged before this moment is on the disk when the power goes */
  syncedUntil?: number;
}

/**
 * Checks that each acknowledged record is in the log, at the offset that the broker returned. A power cut may take only those that were
 * acknowledged too shortly before it to be on the disk.
 *
 * @returns how many it took
 */
export function compareLedger(ledger: Ledger, eras: readonly LedgerEra[], findings: Findings): number {
  let taken = 0;
  for (const [topic, acknowledged] of Object.entries(ledger) as [EventTopic, Acknowledged[]][]) {
    for (const entry of acknowledged) {
      const first = eras.findIndex(({ cutAt }) => cutAt === undefined || entry.at <= cutAt);
      const missing = eras.findIndex((era, number) => number >= first && !isIn(era.logs, topic, entry));
      if (missing < 0) continue;
      const before = eras[missing - 1];
      if (missing > first && before?.syncedUntil !== undefined && entry.at > before.syncedUntil) {
        taken += 1;
        continue;
      }
      const place = `${topic}/${String(entry.partition)}/${String(entry.offset)}`;
      const cut =
        missing > first ? `, ${String(Math.round((before?.cutAt ?? 0) - entry.at))} ms before a power cut,` : '';
      findings.lost.push(`${place} was acknowledged${cut} and is not in the topic`);
    }
  }
  return taken;
}

function isIn(logs: Logs, topic: EventTopic, { event, partition, offset }: Acknowledged): boolean {
  const record = logs[topic].at(partition, offset);
  return record?.key === event.key && (record.value?.toString('utf8') ?? null) === event.value;
}

/** A time during which the broker or its disk could not do its work, in milliseconds of `performance.now()`. */
export interface Hindrance {
  from: number;
  until: number;
}

/**
 * The moment before which everything acknowledged is on the disk at a cut.
 *
 * @param withinMs how long the broker takes when nothing hinders it
 */
export function syncedUntil(cutAt: number, withinMs: number, hindrances: readonly Hindrance[]): number {
  let until = cutAt - withinMs;
  const latestFirst = [...hindrances].sort((one, other) => other.until - one.until);
  for (const { from, until: end } of latestFirst)
    if (end > until && from < cutAt) until = Math.min(until, from - withinMs);
  return until;
}
