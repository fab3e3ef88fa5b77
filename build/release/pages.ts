import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { deadLinksOf } from '../markdown/dead-links.ts';

/** Where the source of a release is, such as `https://github.com/acme/cryptodm/blob/v1.0.0`; undefined in a rehearsal without a repository. */
export type Source = string | undefined;

const install = 'npm install --global cryptodm';

/** The README, in either language, for people who have installed the package, and not a checkout. @throws Error when no block of it begins with "up" */
export function packageReadme(readme: string): string {
  const start = '```\ncryptodm up';
  const page = packagePage(readme);
  if (!page.includes(start)) throw new Error('the README has no commands that begin with "./cryptodm up"');
  return page.replace(start, start.replace('\n', `\n${install}\n`));
}

/** A page with the command as it is called once installed. */
export function packagePage(page: string): string {
  return page.replaceAll(/(?<![\w/.])\.\/cryptodm\b/g, 'cryptodm');
}

/** Links to files that the package does not have lead to the source of the release; without one only their text stays. */
export function redirectLinks(folder: string, path: string, page: string, source: Source): string {
  return page.replaceAll(/(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g, (link: string, text: string, target: string) => {
    if (/^(?:[a-z]+:|#)/.test(target)) return link;
    const file = join(dirname(path), target.split('#')[0] ?? '');
    if (existsSync(join(folder, file))) return link;
    return source === undefined ? text : `[${text}](${source}/${relative('.', file)})`;
  });
}

/** Pages of a folder, by their path in it. */
export function pagesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
}

/** Links of all pages that lead nowhere, as `page: link`. */
export function deadLinks(folder: string): string[] {
  return pagesIn(folder).flatMap((path) => deadLinksOf(join(folder, path)).map(({ link }) => `${path}: ${link}`));
}
