import { wrap } from './wrapped-text.ts';

/**
 * Columns as wide as their widest cell; numbers to the right.
 * @param width of the terminal: what does not fit goes below its row, with the title of its column; undefined: lines may be of any length
 */
export function table(head: string[], rows: string[][], width?: number): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const numeric = head.map(
    (_, at) =>
      rows.some((row) => /\d/.test(row[at] ?? '')) && rows.every((row) => /^([\d.,?]+( \w+)?)?$/.test(row[at] ?? '')),
  );
  const shown = fitting(widths, width);
  const line = (cells: string[]) =>
    cells
      .slice(0, shown)
      .map((cell, at) => (numeric[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const below = (cells: string[]) => {
    const rest = cells.flatMap((cell, at) => (at < shown || cell === '' ? [] : [`${head[at] ?? ''} ${cell}`.trim()]));
    return rest.length === 0 ? [] : wrap(rest.join(', '), (width ?? 0) - 4).map((text) => `    ${text}`);
  };
  return [line(head), ...rows.flatMap((row) => [line(row), ...below(row)])];
}

/** How many of the first columns fit beside each other, at least one. */
function fitting(widths: readonly number[], width = Infinity): number {
  let used = -2;
  const tooMany = widths.findIndex((column) => (used += column + 2) > width);
  return tooMany < 0 ? widths.length : Math.max(1, tooMany);
}
