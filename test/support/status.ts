import type { Found } from '../../src/local/status/model.ts';
import type { JobStatus, PartStatus } from '../../src/local/status/model.ts';

export const now = new Date('2025-07-08T05:43:00Z');
export const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();

export const part = (id: string, more: Partial<PartStatus> = {}): PartStatus => ({
  ...{ id, title: id, state: 'up', since: ago(3600), pid: 7, memoryBytes: 1, ports: [], restarts: 0 },
  lastExit: undefined,
  ...more,
});

export const job = (more: Partial<JobStatus> = {}): JobStatus => ({
  ...{ id: 'quotes-iceberg', title: 'Quotes to Iceberg', state: 'running', since: ago(3600), heardAt: ago(5) },
  ...{ wentBack: undefined, lostRecords: 0 },
  ...{ lastBad: undefined, waitingSince: undefined, lag: 0, batches: 9, lastBatchMs: 300, rows: 9, badRecords: 0 },
  ...{ freshnessSeconds: 1.1, visibleAt: ago(20), lastError: undefined },
  ...more,
});

export const producer = (more: Partial<Found['producers'][number]> = {}): Found['producers'][number] => ({
  ...{ id: 'quotes', source: 'alpaca', sent: 5, acknowledged: 5, at: ago(4), lastError: undefined },
  ...{ troubles: [], clockOffset: 0.4 },
  ...more,
});

/** The status of a healthy lake with the given changes. */
export function found(more: Partial<Found> = {}): Found {
  return {
    data: '/lake',
    resident: { pid: 1, since: ago(3600), memoryBytes: 1, wokeAt: undefined },
    conditions: {
      disk: { free: 90e9, total: 250e9 },
      brokerAnswers: true,
      search: { answers: true, blocks: [], red: false },
    },
    dashboard: undefined,
    parts: ['kafka', 'elasticsearch', 'spark', 'producer-quotes'].map((id) => part(id)),
    jobs: [job()],
    producers: [producer()],
    ...{ topics: [], tables: [], unreadable: [], documents: 5, schedules: [], upkeep: undefined },
    ...more,
  };
}
