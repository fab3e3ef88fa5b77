import type { BuildInfo } from '../../version.ts';
import type { LakeStatus } from '../status/model.ts';

export type Labels = Record<string, string>;

/** A value with its labels; an unknown one is left out. */
export type Sample = [labels: Labels, value: number | undefined];

/** A metric and where its values are in a status, or in what says which program answers. Names as https://prometheus.io/docs/practices/naming/ has them. */
export interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  /** names of the labels that its samples carry */
  labels: readonly string[];
  samples: (status: LakeStatus, build: BuildInfo) => Sample[];
}

export const gauge = (name: string, help: string, labels: Metric['labels'], samples: Metric['samples']): Metric => ({
  name: `cryptodm_${name}`,
  help,
  type: 'gauge',
  labels,
  samples,
});

/** Grows only, until the process that counts restarts; its name ends in `_total`. */
export const counter = (name: string, help: string, labels: Metric['labels'], samples: Metric['samples']): Metric => ({
  name: `cryptodm_${name}_total`,
  help,
  type: 'counter',
  labels,
  samples,
});

/** Seconds since 1970. */
export function timestamp(at: string | undefined): number | undefined {
  const time = Date.parse(at ?? '');
  return Number.isNaN(time) ? undefined : time / 1000;
}
