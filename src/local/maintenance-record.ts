import { readFileSync } from 'node:fs';
import type { Layout } from './layout.ts';
import type { Optimized } from '../lake/maintenance.ts';

/** The last maintenance run, as `status` shows it. */
export interface MaintenanceRecord {
  startedAt: string;
  endedAt: string;
  outcome: 'done' | 'failed';
  /** it was to do all tables */
  whole: boolean;
  tables: Optimized[];
  detail?: string;
}

/** The last maintenance run, undefined when there was none. */
export function readMaintenance(layout: Layout): MaintenanceRecord | undefined {
  try {
    return JSON.parse(readFileSync(layout.maintenance, 'utf8')) as MaintenanceRecord;
  } catch {
    return undefined;
  }
}
