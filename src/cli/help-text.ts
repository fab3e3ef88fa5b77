import { exitCodes, faultTexts, type FaultKind } from '../errors.ts';
import { wrap } from '../tools/wrapped-text.ts';
import { globalOptions } from './flags.ts';
import type { Io } from './io.ts';

/** Without a terminal. */
export const usualWidth = 100;
/** of a column of prose */
const narrowest = 32;

/** Columns that a help may use. */
export function helpWidth({ stdout }: Pick<Io, 'stdout'>): number {
  return stdout.isTTY && stdout.columns > 0 ? stdout.columns : usualWidth;
}

/** What the help of the program says beside the list of its commands. */
export function generalHelp(width: number, pastable: (text: string) => string): string {
  const kinds = Object.keys(exitCodes) as FaultKind[];
  const codes = kinds.map((kind) => [String(exitCodes[kind]), faultTexts[kind]] as const);
  return [
    'Options of every command, before or after it:',
    ...pairsOf(
      globalOptions.map(({ flags, summary }) => [flags, summary] as const),
      width,
    ),
    '',
    'Examples:',
    ...['up', 'query "select count(*) from crypto_db.crypto_quote"', 'down'].map(
      (line) => `  ${pastable(`cryptodm ${line}`)}`,
    ),
    '',
    'Exit codes:',
    ...pairsOf([['0', 'done'], ...codes], width),
    '',
    ...wrap('Documentation: README.md, and docs/ beside it, in the checkout or the installed package.', width),
  ].join('\n');
}

/** Names with what they mean, in two columns; where that is too wide, the meaning stands below. */
export function pairsOf(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const widest = Math.max(...pairs.map(([name]) => name.length));
  return pairs.flatMap(([name, text]) => pairOf(name, text, widest, width));
}

/** @param widest of the names in the same column */
export function pairOf(name: string, text: string, widest: number, width: number): string[] {
  const room = width - widest - 4;
  if (room < narrowest) return [`  ${name}`, ...wrap(text, width - 6).map((line) => `      ${line}`)];
  return wrap(text, room).map((line, at) => `  ${(at === 0 ? name : '').padEnd(widest)}  ${line}`.trimEnd());
}
