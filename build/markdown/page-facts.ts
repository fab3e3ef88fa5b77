/** Folders whose files pages name by their path from the root. */
const folders = 'src|jars|cdktf|test|bench|build|templates|ansible|docs';

/** Tables with one space around each cell, and three dashes under the head. */
export function unpad(page: string): string {
  return mapOutsideBlocks(page, (line) => {
    if (!line.startsWith('|')) return line;
    const cells = line
      .trim()
      .split(/(?<!\\)\|/)
      .slice(1, -1);
    const plain = cells.map((cell) => cell.trim().replace(/^(:?)-+(:?)$/, '$1---$2'));
    return `| ${plain.join(' | ')} |`;
  });
}

/** Targets of links and pictures that lie in the repository. */
export function linksOf(page: string): string[] {
  const text = mapOutsideBlocks(page, (line) => line.replaceAll(/`[^`]*`/g, ''), '');
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)];
  return found.map(([, link, source]) => link ?? source ?? '').filter((link) => !/^[a-z]+:/.test(link));
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const text = mapOutsideBlocks(page, (line) => line, '');
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => toAnchor(heading)));
}

export function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Paths that a page names anywhere, commands included; `{a,b}` names both, a path with a wildcard or a placeholder is left out. */
export function pathsOf(page: string): string[] {
  const found = page.matchAll(new RegExp(`(?<![\\w./~-])(?:${folders})/[\\w./{},-]*[\\w}](?![\\w*<]|/[*<])`, 'g'));
  return [...found].flatMap(([path]) => expand(path));
}

function expand(path: string): string[] {
  const braces = /^(.*)\{([^{}]*)\}(.*)$/.exec(path);
  if (braces === null) return [path];
  const [, before = '', choices = '', after = ''] = braces;
  return choices.split(',').flatMap((choice) => expand(`${before}${choice}${after}`));
}

/** @param inside what a line of a fenced block becomes; itself when absent */
function mapOutsideBlocks(page: string, change: (line: string) => string, inside?: string): string {
  let fenced = false;
  return page
    .split('\n')
    .map((line) => {
      if (line.startsWith('```')) fenced = !fenced;
      else if (!fenced) return change(line);
      return inside ?? line;
    })
    .join('\n');
}
