import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rights, rightsText } from '../../src/aws/rights.ts';
import { root } from '../generated.ts';
import { table } from './markdown.ts';

const begin = '<!-- The table is written from src/aws/rights.ts by "npm run references". -->';
const end = '<!-- End of the table. -->';

/** docs/aws.md with the table of rights as the code has it; the rest of the page is written by hand. */
export function permissionsIn(page = readFileSync(join(root, 'docs', 'aws.md'), 'utf8')): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error('docs/aws.md has no place for the table of rights');
  const rows = rights.map((one) => [rightsText(one), one.purpose]);
  return `${before}${begin}\n\n${table(['service', 'what for'], rows)}\n\n${end}${after}`;
}
