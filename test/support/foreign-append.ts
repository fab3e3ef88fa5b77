import { join } from 'node:path';
import { execa } from 'execa';
import { readParts, runFolder } from '../../src/local/supervisor/parts.ts';
import { tmpdir } from 'node:os';
import type { TestLake } from './lake.ts';

/** How the other engine of {@link appendForeign} names itself. */
export const foreignEngine = 'tester 1';

/** Appends copies of a table's first row, as another engine does: one with each of the values in a text column. */
export async function appendForeign(lake: TestLake, table: string, column: string, values: string[]): Promise<void> {
  const args = [join(lake.data, 'run', 'lake.json'), table, column, ...values];
  await runBesideSpark(lake, 'test/support/foreign/ForeignAppend.java', args);
}

/** Runs a Java program with the libraries of the lake's stream jobs. @returns its output */
export async function runBesideSpark(
  lake: TestLake,
  program: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  const spark = readParts(runFolder(lake.data, tmpdir()).parts).find(({ daemon }) => daemon.id === 'spark')?.daemon;
  const jvm = spark?.args ?? [];
  const classPath = jvm[jvm.findIndex((arg) => arg === '-cp' || arg === '--class-path') + 1] ?? '';
  const opened = jvm.filter((arg) => /^--add-(opens|exports)/.test(arg));
  const options = [...opened, '-cp', classPath, join(process.cwd(), program), ...args];
  const { stdout } = await execa(spark?.command ?? 'java', options, { input });
  return stdout;
}
