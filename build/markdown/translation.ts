import { linksOf } from './page-facts.ts';

/** What a page and its translation must have in common, each as a list of lines that can be compared. */
const facts: readonly { name: string; of: (page: string) => string[] }[] = [
  {
    name: 'levels of the headings',
    of: (page) => [...textOf(page).matchAll(/^(#+) /gm)].map(([, level = '']) => level),
  },
  { name: 'commands', of: commandsOf },
  { name: 'code in the text', of: (page) => (textOf(page).match(/`[^`\n]+`/g) ?? []).sort() },
  { name: 'links', of: (page) => linksOf(page).sort() },
  { name: 'numbers', of: numbersOf },
];

/**
 * Where a translation is not what the page is. The pages link to each other first, so that link is left out.
 * @returns a sentence for each kind of fact that differs
 */
export function translationFaults(page: string, translation: string): string[] {
  const own = (text: string) => text.replace(/^\[[^\]]+\]\(README[^)]*\.md\)$/m, '');
  return facts.flatMap(({ name, of }) => {
    const [here, there] = [of(own(page)), of(own(translation))];
    const lacking = without(here, there);
    const more = without(there, here);
    const all = [...lacking.map((fact) => `lacks ${fact}`), ...more.map((fact) => `has ${fact}`)];
    if (all.length > 0) return [`other ${name}: it ${all.join(', ')}`];
    return here.join('\n') === there.join('\n') ? [] : [`other ${name}: their order`];
  });
}

/** Lines of the first list beyond those of the second, as often as they are more there. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const blocks = /^```.*\n([\s\S]*?)^```$/gm;

/** The page without its blocks of code. */
function textOf(page: string): string {
  return page.replaceAll(blocks, '');
}

/** Lines of the blocks without their comments. Of a drawing, which has words, only the number of its lines. */
function commandsOf(page: string): string[] {
  return [...page.matchAll(blocks)].flatMap(([, block = '']) => {
    const lines = block.trimEnd().split('\n');
    if (!/^\.\/cryptodm /m.test(block)) return [`a drawing of ${String(lines.length)} lines`];
    return lines.map((line) => line.replace(/(?:^|\s+)#.*$/, ''));
  });
}

/** Digits only: languages have different signs between them. */
function numbersOf(page: string): string[] {
  const text = textOf(page).replaceAll(/`[^`\n]+`|\]\([^)]*\)/g, '');
  return (text.match(/\d[\d.,]*/g) ?? []).map((number) => number.replaceAll(/\D/g, '')).sort();
}
