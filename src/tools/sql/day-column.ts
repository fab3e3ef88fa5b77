import { Fault } from '../../errors.ts';
import type { ResultColumn } from './types.ts';

/** Name of the folder of a day, as Hive names partitions: `day=2026-11-30`. */
export const dayFolder = (day: string | undefined) => `day=${day ?? '__HIVE_DEFAULT_PARTITION__'}`;

/**
 * The first column that is a date or a time with a date: an export by day goes by it, in UTC.
 * @throws Fault of kind `usage` where there is none, or where a column is named `day` itself
 */
export function dayColumn(columns: readonly ResultColumn[]): ResultColumn {
  const found = columns.find(({ type }) => /^(DATE|TIMESTAMP)/.test(type));
  const next = 'Name one in the SELECT, or leave --partition-by out.';
  if (found === undefined) {
    throw new Fault('usage', 'the result has no column with a date to go by', { where: '--partition-by', next });
  }
  if (columns.some(({ name }) => name.toLowerCase() === 'day')) {
    throw new Fault('usage', 'the result has a column "day" already', {
      where: '--partition-by',
      next: 'Give it another name: select day as trading_day, ...',
    });
  }
  return found;
}
