import type { PeerId } from './peers.ts';

export interface Figure {
  what: string;
  value: number;
  unit:
    | 's'
    | 'ms'
    | 'MB'
    | 'MB/h'
    | '%'
    | 'x'
    | '$/h'
    | 'CPU-s'
    | 'events'
    | 'events/s'
    | 'trades/s'
    | 'bytes'
    | 'documents/s'
    | 'rows'
    | 'files'
    | 'snapshots';
  /** in the same unit, if there is a goal: an upper limit, for units per second a lower one */
  goal?: number;
  /** the peer's value in the same run, if one ran */
  peer?: number;
  /** the measurements behind the value, in the same unit */
  samples?: number[];
  /** those of the peer */
  peerSamples?: number[];
}

export interface Options {
  /** the peer that runs after ours, on the same data */
  vs?: PeerId;
  /** a few seconds or events only: shows that the scenario works, but its figures mean nothing */
  smoke: boolean;
  /** trades a second, instead of those of the scenario */
  rate?: number | undefined;
  /** how long is measured, instead of the time of the scenario */
  minutes?: number | undefined;
}

/** Runs a scenario and resolves to its figures; `tell` reports progress. */
export type Scenario = (tell: (line: string) => void, options: Options) => Promise<Figure[]>;

/** Value below which the share `q` (0 to 1) of the samples lies. */
export function quantile(samples: number[], q: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** Joins our figures with the peer's; both are of the same things in the same order. */
export function compare(ours: Figure[], peers: Figure[] | undefined): Figure[] {
  return ours.map((figure, at) => ({ ...figure, peer: peers?.[at]?.value, peerSamples: peers?.[at]?.samples }));
}

/** The medians of two sizes and their ratio. */
export function compareSizes(
  what: string,
  sizes: string[],
  small: number[],
  large: number[],
  unit: 'ms' | 'MB' = 'ms',
): Figure[] {
  const medians = [quantile(small, 0.5), quantile(large, 0.5)] as const;
  const kept = (samples: number[]) => (samples.length > 1 ? samples : undefined);
  return [
    { what: `${what}, ${sizes[0] ?? ''}`, value: medians[0], unit, samples: kept(small) },
    { what: `${what}, ${sizes[1] ?? ''}`, value: medians[1], unit, samples: kept(large) },
    { what: `${what}, ratio`, value: medians[1] / medians[0], unit: 'x', goal: 1.3 },
  ];
}
