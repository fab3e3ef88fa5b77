export interface Figure {
  what: string;
  value: number;
  unit: 's' | 'ms' | 'MB' | 'events' | 'events/s' | 'files' | 'snapshots';
  /** at most, in the same unit, where there is a goal */
  goal?: number;
}

/** Runs and answers its figures; tells what goes on. */
export type Scenario = (tell: (line: string) => void) => Promise<Figure[]>;

/** Value below which the share `q` (0 to 1) of the samples lies. */
export function quantile(samples: number[], q: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}
