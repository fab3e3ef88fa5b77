import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Fault } from '../../errors.ts';
import type { QueryFormat } from '../../tools/sql/format.ts';
import { splitStatements } from '../../tools/sql/statements.ts';
import { parseSeconds } from '../../settings/schema.ts';
import { textOf, type Flags } from '../flags.ts';
import type { Context } from '../context.ts';

/** What the flags of `sqlOptions` say. */
export interface SqlOptions {
  format: QueryFormat;
  numbers: boolean;
  /** rows; undefined: as the format has it */
  limit: number | undefined;
  asOf: string | undefined;
  /** seconds after which a statement is stopped */
  seconds: number;
}

/** @throws Fault of kind `usage` for wrong flags */
export function readSqlOptions({ global }: Context, flags: Flags): SqlOptions {
  const format = textOf(flags, 'format') as QueryFormat | undefined;
  const limit = textOf(flags, 'limit');
  if (limit !== undefined && !/^[1-9]\d{0,14}$/.test(limit)) {
    throw new Fault('usage', `--limit ${limit} is not a number of rows`, { next: 'For example: --limit 20.' });
  }
  return {
    format: global.json ? 'jsonl' : (format ?? 'table'),
    numbers: flags['numbers'] === true,
    limit: limit === undefined ? undefined : Number(limit),
    asOf: textOf(flags, 'asOf'),
    seconds: readTimeout(flags) ?? 60,
  };
}

/** Seconds of --timeout. @throws Fault of kind `usage` */
export function readTimeout(flags: Flags): number | undefined {
  const given = textOf(flags, 'timeout');
  if (given === undefined) return undefined;
  const seconds = parseSeconds(given);
  if (seconds !== undefined) return seconds;
  throw new Fault('usage', `--timeout ${given} is not a length of time`, { next: 'For example: --timeout 30s.' });
}

/**
 * The statements of a script: the argument, a file, or stdin where neither is given or the one that is given is `-`.
 * @throws Fault of kind `usage` when there is no SQL
 */
export async function readScript({ io }: Context, file: string | undefined, argument?: string): Promise<string[]> {
  if (file !== undefined && argument !== undefined) {
    throw new Fault('usage', 'SQL is given twice: as an argument and in a file', {
      where: '--file',
      next: 'Leave one of them out.',
    });
  }
  const script = await readText(io, file, argument);
  const statements = splitStatements(script).map(({ sql }) => sql);
  if (statements.length > 0) return statements;
  throw new Fault('usage', 'there is no SQL to run', {
    next: 'For example: cryptodm query "select 1", echo "select 1" | cryptodm query, cryptodm query --file question.sql; or cryptodm shell.',
  });
}

async function readText({ stdin, cwd }: Context['io'], file: string | undefined, argument?: string): Promise<string> {
  const given = file ?? argument;
  // On a terminal nobody has sent anything.
  if (given === undefined && stdin.isTTY) return '';
  if (given === undefined || given === '-') return text(stdin);
  if (file === undefined) return given;
  return readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    throw new Fault('usage', `can't read ${file}`, { where: file, next: 'Name a file with SQL in it.', cause: error });
  });
}
