/** A text in lines of at most `width` columns, broken at blanks; a command in quotation marks stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.match(/"[^"]*"[^\s"]*|\S+/g) ?? []) {
    if (line === undefined) line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line ?? ''];
}

/** Lines that are too wide for the terminal, wrapped at their own indentation. @param width undefined: there is no terminal */
export function fitLines(lines: readonly string[], width: number | undefined): string[] {
  if (width === undefined) return [...lines];
  return lines.flatMap((line) => {
    if (line.length <= width) return [line];
    const indent = /^[ !]*/.exec(line)?.[0] ?? '';
    const rest = wrap(line.slice(indent.length), width - indent.length);
    return rest.map((part, at) => `${at === 0 ? indent : ' '.repeat(indent.length)}${part}`);
  });
}
