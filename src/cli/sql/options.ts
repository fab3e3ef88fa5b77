import { targetOption } from '../command.ts';
import type { CommandOption } from '../flags.ts';

export const numbersOption: CommandOption = {
  flags: '--numbers',
  summary: 'in JSON, decimals as numbers where no digit is lost',
};

export const asOfOption: CommandOption = {
  flags: '--as-of <time>',
  summary: 'the tables as they were then: an ISO time, or 10m ago',
};

/** Flags of the commands that show results of SQL. */
export const sqlOptions: CommandOption[] = [
  {
    flags: '--format <format>',
    summary: 'format of the result (default: table); json is one array, jsonl and --json one object a line',
    choices: ['table', 'json', 'jsonl', 'csv'],
    excludes: ['json'],
  },
  { flags: '--limit <rows>', summary: 'the first rows only (default: 1000 of a table, all in other formats)' },
  numbersOption,
  asOfOption,
  { flags: '--timeout <time>', summary: 'stop a statement after this time (default: 60s)' },
  targetOption,
];
