/** An ISO time, or the one of Spark's own log4j settings: `26/12/02 15:13:59`. */
const stamp = /^\[?(\d{4}-\d{2}-\d{2}|\d{2}\/\d{2}\/\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,]\d+)?/;

/**
 * Lines from the first whose time is not before `since`. A line without a time belongs to the one above it, or at the beginning to the one
 * below it. Without any time all lines are returned.
 */
export function linesSince(text: string, since: Date | undefined): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (since === undefined) return lines;
  const isNew = (time: number) => time >= since.getTime() - 999;
  const first = lines.map(timeOf).find((time) => time !== undefined);
  let shown = first === undefined || isNew(first);
  return lines.filter((line) => {
    const time = timeOf(line);
    if (time !== undefined) shown = isNew(time);
    return shown;
  });
}

/** Time of a line in UTC, in whole seconds as ms since 1970. */
function timeOf(line: string): number | undefined {
  const [, date = '', time = ''] = stamp.exec(line) ?? [];
  if (date === '') return undefined;
  return Date.parse(`${date.includes('/') ? `20${date.replaceAll('/', '-')}` : date}T${time}Z`);
}
