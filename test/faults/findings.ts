/** What a seed found wrong; empty lists are what is hoped for. */
export interface Findings {
  /** acknowledged, and not where it must be */
  lost: string[];
  /** there twice */
  doubled: string[];
  /** there with other values, or in no record */
  wrong: string[];
  /** what a reader saw that nobody may see */
  seen: string[];
}

export function noFindings(): Findings {
  return { lost: [], doubled: [], wrong: [], seen: [] };
}

export function countFindings(findings: Findings): number {
  return Object.values(findings).reduce((sum: number, list: string[]) => sum + list.length, 0);
}

/** The first few of each kind, for people. */
export function describeFindings(findings: Findings): string {
  return Object.entries(findings)
    .filter(([, list]) => (list as string[]).length > 0)
    .map(([kind, list]) => {
      const all = list as string[];
      const rest = all.length > 5 ? `\n    and ${String(all.length - 5)} more` : '';
      return `  ${kind} (${String(all.length)}):\n${all
        .slice(0, 5)
        .map((text) => `    ${text}`)
        .join('\n')}${rest}`;
    })
    .join('\n');
}
