/** Lines from the first whose time is not before `since`; a line without a time belongs to the one above it. */
export function linesSince(text: string, since: Date | undefined): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (since === undefined) return lines;
  let shown = false;
  return lines.filter((line) => {
    const time = /^\[?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:[.,]\d+)?/.exec(line)?.[1];
    if (time !== undefined) shown = Date.parse(`${time.replace(' ', 'T')}Z`) >= since.getTime() - 999;
    return shown;
  });
}
