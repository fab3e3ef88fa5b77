import type { LakeStatus } from '../status/model.ts';

export type Labels = Record<string, string>;

/** A value with its labels; one that nobody knows is left out. */
export type Sample = [labels: Labels, value: number | undefined];

/** A metric and where its values stand in a status. Names as https://prometheus.io/docs/practices/naming/ has them. */
export interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  samples: (status: LakeStatus) => Sample[];
}

export const gauge = (name: string, help: string, samples: Metric['samples']): Metric => ({
  ...{ name: `cryptodm_${name}`, help, type: 'gauge', samples },
});

/** One that only grows, until whoever counts is started anew; its name ends in `_total`. */
export const counter = (name: string, help: string, samples: Metric['samples']): Metric => ({
  ...{ name: `cryptodm_${name}_total`, help, type: 'counter', samples },
});

/** Seconds since 1970. */
export function timestamp(at: string | undefined): number | undefined {
  const time = Date.parse(at ?? '');
  return Number.isNaN(time) ? undefined : time / 1000;
}
