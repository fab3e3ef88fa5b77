import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, linksOf } from './page-facts.ts';

export interface DeadLink {
  link: string;
  /** what is not there */
  lacks: 'file' | 'heading';
}

/**
 * Links of a page that lead nowhere.
 * @param file path of the page; links are relative to it
 */
export function deadLinksOf(file: string): DeadLink[] {
  return linksOf(readFileSync(file, 'utf8')).flatMap((link): DeadLink[] => {
    const [target = '', anchor] = link.split('#');
    const linked = target === '' ? file : join(dirname(file), target);
    if (!existsSync(linked)) return [{ link, lacks: 'file' }];
    const isThere = anchor === undefined || anchorsOf(readFileSync(linked, 'utf8')).has(anchor);
    return isThere ? [] : [{ link, lacks: 'heading' }];
  });
}
