import { readFileSync } from 'node:fs';

/** What a stream job writes about itself after its triggers; see `docs/contracts.md`. */
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
  /** how often it has failed for one reason without a success between, since when */
  failing?: { count: number; since: string; reason: string };
  freshness?: { producedAt: string; visibleAt: string; seconds: number } | null;
  /** for a job that reads tables: it has read everything that was committed by then */
  takenAt?: string;
  /** for a job that reads tables: when its last run ended */
  ranAt?: string;
  triggered: boolean;
  /** records that the broker had removed before the job read them, since its start */
  lostRecords?: number;
  /** when these were produced, at most; `from` is null where no record before them is known */
  lostBetween?: { from: string | null; to: string };
  /** why it stands still until a new generation of its topic begins: the topic no longer holds what was read of it */
  wentBack?: {
    topic: string;
    generation: number;
    recreated: boolean;
    from: Record<string, number>;
    ends: Record<string, number>;
    lost: number;
    reason: string;
  };
  /** of the job that keeps its topic within its bound: what not all jobs have taken, in bytes, and its growth in bytes a second; absent below half of the bound */
  backlog?: { topic: string; bytes: number; most: number; waiting: number; slowest: string; growth: number };
}

export interface Trouble {
  about: string;
  since: string;
  message: string;
}

/** What a producer writes about itself; see `docs/contracts.md`. */
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
  /** current troubles; what they are about: docs/contracts.md */
  troubles?: Trouble[];
  /** seconds that the source's clock is ahead of this machine's, null where it sends no time */
  clockOffset?: number | null;
  /** minutes of the history of new coins that have come; absent where none was wanted */
  history?: { answered: number; minutes: number };
  lastBars?: Record<string, string>;
  offsets: Record<string, number>;
}

export function readJobProgress(file: string): JobProgress | undefined {
  return readJson(file) as JobProgress | undefined;
}

export function readProducerProgress(file: string): ProducerProgress | undefined {
  return readJson(file) as ProducerProgress | undefined;
}

/** The file is replaced in one move, so it is complete or missing. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
