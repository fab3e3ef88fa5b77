import { join } from 'node:path';
import { execa } from 'execa';
import { readParts, runFolder } from '../../src/local/supervisor/parts.ts';
import { tmpdir } from 'node:os';
import type { TestLake } from './lake.ts';

/** How the other engine of {@link appendForeign} names itself. */
export const foreignEngine = 'tester 1';

/** Appends copies of a table's first row, as another engine does: one with each of the values in a text column. */
export async function appendForeign(lake: TestLake, table: string, column: string, values: string[]): Promise<void> {
  const spark = readParts(runFolder(lake.data, tmpdir()).parts).find(({ daemon }) => daemon.id === 'spark')?.daemon;
  const classPath = spark?.args[spark.args.findIndex((arg) => arg === '-cp' || arg === '--class-path') + 1] ?? '';
  const program = join(process.cwd(), 'test', 'support', 'foreign', 'ForeignAppend.java');
  const options = ['-cp', classPath, program, join(lake.data, 'run', 'lake.json'), table, column, ...values];
  await execa(spark?.command ?? 'java', options, { stdin: 'ignore' });
}
