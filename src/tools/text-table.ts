/** Columns as wide as their widest cell; numbers to the right. */
export function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const numeric = head.map(
    (_, at) =>
      rows.some((row) => /\d/.test(row[at] ?? '')) && rows.every((row) => /^([\d.,?]+( \w+)?)?$/.test(row[at] ?? '')),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => (numeric[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}
