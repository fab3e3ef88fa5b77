/** The errors that a seed found; all lists should be empty. */
export interface Findings {
  /** acknowledged, but not where it must be */
  lost: string[];
  /** there twice */
  doubled: string[];
  /** there with other values, or from no record */
  wrong: string[];
  /** states that no reader may see */
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
