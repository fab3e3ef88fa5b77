/** A page of these blocks. @param source what it is generated from, as a path in the repository */
export function page(title: string, source: string, blocks: readonly string[]): string {
  const note = `<!-- Generated from ${source} by "npm run references": change it there. -->`;
  return `${[`# ${title}`, note, ...blocks].join('\n\n')}\n`;
}

/** A table without padding. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function block(lines: readonly string[], language = ''): string {
  return ['```' + language, ...lines, '```'].join('\n');
}

export function sentence(text: string): string {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}
