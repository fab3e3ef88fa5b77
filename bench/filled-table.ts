import { resolve } from 'node:path';
import { execa } from 'execa';
import { interrupted } from './interruption.ts';
import type { JavaCommand } from './process.ts';

export interface Filling {
  files: number;
  /** in each file */
  rows: number;
  /** number of commits that add the files */
  snapshots: number;
  /** if given, rows are sorted by minute over so many coins, else by coin */
  coins?: number;
}

/** The day that is filled. */
export const filledDay = Date.parse('2024-07-08T00:00:00Z');

/** Fills the table of quotes of a spec directly through Iceberg. @returns seconds that it took */
export async function fillTable({ java, classPath, options }: JavaCommand, spec: string, filling: Filling) {
  const { files, rows, snapshots, coins } = filling;
  const numbers = [files, rows, snapshots, ...(coins === undefined ? [] : [coins])].map(String);
  const begun = performance.now();
  const source = resolve('bench/java/FilledTable.java');
  await execa(java, [...options, '-cp', classPath, source, spec, ...numbers], { cancelSignal: interrupted });
  return (performance.now() - begun) / 1000;
}

/** Close of the row with this number, in hundredths of a dollar. */
export function filledCents(number: number): number {
  return 1000 + (number % 977);
}
