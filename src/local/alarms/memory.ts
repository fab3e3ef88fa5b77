import { readFileSync } from 'node:fs';
import type { AlarmId } from '../../lake/alarms.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import type { ChannelId } from './channels.ts';
import type { AlarmMemories } from './evaluation.ts';
import type { Delivery } from './outbox.ts';

/** What is remembered of the alarms across restarts of whoever watches them. Never an address that they are sent to. */
export interface AlertMemory {
  version: 1;
  /** UTC, of the last evaluation */
  at?: string | undefined;
  /** UTC, since when somebody has watched without a break */
  watchedSince?: string | undefined;
  memories: AlarmMemories;
  /** channels that were told of an alarm that fires now: these are told when it is over */
  told: Partial<Record<AlarmId, ChannelId[]>>;
  outbox: Delivery[];
  /** channels that stand in the settings */
  channels: ChannelId[];
  /** why the last try of a channel failed */
  errors: Partial<Record<ChannelId, string>>;
}

/** What stands in the file; a fresh memory when there is none, or none that can be read. */
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
