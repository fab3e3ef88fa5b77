import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Fault } from '../errors.ts';
import type { QueryFormat } from '../tools/sql/format.ts';
import { parseSeconds } from '../settings/schema.ts';
import type { Flags } from './flags.ts';
import type { Context } from './context.ts';

/** Input of `query`, the same for every target. */
export interface SqlInput {
  sql: string;
  format: QueryFormat;
  asOf: string | undefined;
  /** seconds after which it is stopped */
  seconds: number;
}

/** @throws Fault of kind `usage` for wrong flags */
export async function readSqlInput(context: Context, flags: Flags, args: string[]): Promise<SqlInput> {
  const sql = await readSql(context, flags, args);
  const format = context.global.json ? 'jsonl' : ((flags['format'] as QueryFormat | undefined) ?? 'table');
  const seconds = parseSeconds(typeof flags['timeout'] === 'string' ? flags['timeout'] : '60s');
  if (seconds === undefined)
    throw new Fault('usage', `--timeout ${String(flags['timeout'])} is not a length of time`, {
      next: 'For example: --timeout 30s.',
    });
  return { sql, format, asOf: flags['asOf'] as string | undefined, seconds };
}

async function readSql({ io }: Context, flags: Flags, args: string[]): Promise<string> {
  const file = typeof flags['file'] === 'string' ? flags['file'] : undefined;
  if ((file === undefined) === (args[0] === undefined)) {
    throw new Fault('usage', '"query" needs one SELECT, or a file with it', {
      next: 'For example: cryptodm query "select 1", or cryptodm query --file question.sql',
    });
  }
  if (file === undefined) return args[0] ?? '';
  if (file === '-') return text(io.stdin);
  return readFile(resolve(io.cwd, file), 'utf8').catch((error: unknown) => {
    throw new Fault('usage', `can't read ${file}`, {
      where: file,
      next: 'Name a file with one SELECT in it.',
      cause: error,
    });
  });
}

/** Waits for a slow reader, so that a large result does not fill the memory. */
export function writeChunk(stream: NodeJS.WriteStream, chunk: string): Promise<void> | undefined {
  if (stream.write(chunk)) return undefined;
  return new Promise((settle) => stream.once('drain', settle));
}
