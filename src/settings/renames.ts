import * as z from 'zod';
import type { Renamed } from '../lake/renames.ts';

const namePattern = /^[A-Z0-9]{1,20}$/;

/** Coins that were renamed: entries `OLD=NEW` such as `MATIC=POL`, as a list or as one text with commas. */
export const renames = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? given.split(',') : given).map((entry) => entry.trim()))
  .transform((entries, context) => {
    const given = entries.filter((entry) => entry !== '').map(readRename);
    const read = given.filter((rename) => rename !== undefined);
    const fault = read.length < given.length ? 'must be renamed coins OLD=NEW, such as MATIC=POL' : wrongRename(read);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    return read.map(({ from, to }) => `${from}=${to}`);
  });

/** The later names by coin. */
export function renamedCoins(entries: readonly string[]): Renamed {
  const read = entries.map(readRename).filter((rename) => rename !== undefined);
  return Object.fromEntries(read.map(({ from, to }) => [from, to]));
}

interface Rename {
  from: string;
  to: string;
}

/** One of the old coin is one of the new one: anything else, such as 1,000 for one, is no renaming. */
function readRename(entry: string): Rename | undefined {
  const [from = '', to = '', ...more] = entry.split('=').map((part) => part.trim().toUpperCase());
  return namePattern.test(from) && namePattern.test(to) && more.length === 0 ? { from, to } : undefined;
}

/** Why these are not names of one coin after the other, if anything. */
function wrongRename(given: readonly Rename[]): string | undefined {
  const twice = (names: string[]) => names.find((name, at) => names.indexOf(name) !== at);
  const renamedTwice = twice(given.map(({ from }) => from));
  if (renamedTwice !== undefined) return `${renamedTwice} is renamed twice`;
  const merged = twice(given.map(({ to }) => to));
  if (merged !== undefined) return `${merged} is the new name of two coins, which is no renaming`;
  const next = new Map(given.map(({ from, to }) => [from, to]));
  const circle = given.find(({ from }) => {
    let name = next.get(from);
    for (let left = given.length; left > 0 && name !== undefined && name !== from; left -= 1) name = next.get(name);
    return name === from;
  });
  return circle === undefined ? undefined : `${circle.from} gets back to its own name`;
}
