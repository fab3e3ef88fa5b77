import { readFileSync } from 'node:fs';
import type { Layout } from './layout.ts';
import type { Optimized } from '../lake/maintenance.ts';

/** The last upkeep, as `status` shows it. */
export interface UpkeepRecord {
  startedAt: string;
  endedAt: string;
  outcome: 'done' | 'failed';
  /** all tables were to be done */
  whole: boolean;
  tables: Optimized[];
  detail?: string;
}

/** The last upkeep, undefined when there was none. */
export function readUpkeep(layout: Layout): UpkeepRecord | undefined {
  try {
    return JSON.parse(readFileSync(layout.upkeep, 'utf8')) as UpkeepRecord;
  } catch {
    return undefined;
  }
}
