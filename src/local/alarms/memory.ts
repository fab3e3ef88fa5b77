import { readFileSync } from 'node:fs';
import type { AlarmId } from '../../lake/alarms.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import type { ChannelId } from './channels.ts';
import type { AlarmMemories } from './evaluation.ts';
import type { Delivery } from './outbox.ts';

/** What is remembered of the alarms across restarts of the supervisor. Never an address that notifications are sent to. */
export interface AlertMemory {
  version: 1;
  /** UTC, of the last evaluation */
  at?: string | undefined;
  /** UTC, since when alarms have been evaluated without a break */
  watchedSince?: string | undefined;
  memories: AlarmMemories;
  /** channels that were notified of an alarm that fires now; they are notified of its end */
  told: Partial<Record<AlarmId, ChannelId[]>>;
  outbox: Delivery[];
  /** channels of the settings */
  channels: ChannelId[];
  /** why the last try of a channel failed */
  errors: Partial<Record<ChannelId, string>>;
}

/** Reads the file; an empty memory when there is none or it can't be read. */
export function readAlertMemory(file: string): AlertMemory {
  const fresh: AlertMemory = { version: 1, memories: {}, told: {}, outbox: [], channels: [], errors: {} };
  try {
    return { ...fresh, ...(JSON.parse(readFileSync(file, 'utf8')) as AlertMemory) };
  } catch {
    return fresh;
  }
}

export function writeAlertMemory(file: string, memory: AlertMemory): void {
  replaceFile(file, `${JSON.stringify(memory, null, 1)}\n`);
}
