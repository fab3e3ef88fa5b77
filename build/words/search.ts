import { contracts, exceptions, refusals } from './list.ts';

export interface Hit {
  /** 1 is the first; 0 is the path itself */
  line: number;
  word: string;
  instead: string;
}

const patterns = refusals.map(({ words, instead }) => ({ pattern: patternOf(words), instead }));
/** Most lines have none: one quick look at each. */
const any = new RegExp(refusals.map(({ words }) => words).join('|'), 'i');

/** Refused words of a file, in its path too. */
export function searchFile(path: string, text: string): Hit[] {
  return [
    searchLine(path, 0),
    ...hide(text, path)
      .split('\n')
      .map((line, at) => searchLine(line, at + 1)),
  ].flat();
}

function searchLine(line: string, number: number): Hit[] {
  if (!any.test(line)) return [];
  return patterns.flatMap(({ pattern, instead }) =>
    [...line.matchAll(pattern)].map(([word]) => ({ line: number, word, instead })),
  );
}

/** The words alone, and as a part of an identifier in any of the usual cases. */
function patternOf(words: string): RegExp {
  const capital = words.replaceAll(
    /(^|\|)([a-z])/g,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
  const all = words.toUpperCase();
  return new RegExp(
    [
      `(?<![A-Za-z])(?:${words})(?![a-z])`,
      `(?<![A-Z])(?:${capital})(?![a-z])`,
      `(?<![A-Za-z])(?:${all})(?![A-Za-z])`,
    ].join('|'),
    'g',
  );
}

/** The text with contracts and exceptions blanked out. */
function hide(text: string, path: string): string {
  const own = Object.entries(exceptions).flatMap(([prefix, pattern]) => (isWithin(path, prefix) ? [pattern] : []));
  return [...contracts, ...own].reduce((shown, pattern) => shown.replace(pattern, ''), text);
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
