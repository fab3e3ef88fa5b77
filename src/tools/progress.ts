import { readFileSync } from 'node:fs';

/** What a stream job writes of itself after its triggers; see `docs/contracts.md`. */
export interface JobProgress {
  job: string;
  at: string;
  state: 'starting' | 'running' | 'retrying';
  /** when that state began */
  since: string;
  batch: number;
  batches: number;
  /** rows or documents written since the start */
  rows: number;
  inputRows: number;
  /** milliseconds of the last batch */
  batchMs: number;
  /** next offset to read, by partition */
  offsets: Record<string, number>;
  generation: number;
  tableRows?: number;
  badRecords: number;
  /** the last bad record since the start */
  lastBad?: { at: string; reason: string } | null;
  /** records that the topic held beyond the last batch when that was planned; null before the first */
  lag?: number | null;
  lastError?: string | null;
  freshness?: { producedAt: string; visibleAt: string; seconds: number } | null;
  /** of a job that reads tables: what was committed to them by then is taken */
  takenAt?: string;
  triggered: boolean;
}

export interface Trouble {
  about: string;
  since: string;
  message: string;
}

/** What a producer writes of itself; see `docs/contracts.md`. */
export interface ProducerProgress {
  at: string;
  source: string;
  sent: number;
  acknowledged: number;
  failed: number;
  repeatsDropped?: number;
  polls?: number;
  lastError?: string | null;
  lastErrorAt?: string | null;
  /** what stands in its way right now: `kafka`, `source`, `history`, or a `coin BTC/USD` */
  troubles?: Trouble[];
  /** seconds that the source's clock is ahead of ours, null where it tells no time */
  clockOffset?: number | null;
  lastBars?: Record<string, string>;
  offsets: Record<string, number>;
}

export function readJobProgress(file: string): JobProgress | undefined {
  return readJson(file) as JobProgress | undefined;
}

export function readProducerProgress(file: string): ProducerProgress | undefined {
  return readJson(file) as ProducerProgress | undefined;
}

/** Written in one move, so it is whole or not there. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
