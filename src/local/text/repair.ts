import { exitCodes } from '../../errors.ts';
import type { Answer, RepairRequest } from '../../lake-target.ts';
import { describeDamage, type DamageKind, type ExaminedTable } from '../tables/damage.ts';

/** What was repaired of each table, and what is left. */
export function repairAnswer(
  tables: readonly ExaminedTable[],
  { dryRun, forgetMissing }: Pick<RepairRequest, 'dryRun' | 'forgetMissing'>,
): Answer {
  const left = (kind: DamageKind) =>
    dryRun || kind === 'missing-metadata' || (kind === 'missing-file' && !forgetMissing);
  const isRepaired = ({ findings }: ExaminedTable) => !findings.some(({ kind }) => left(kind));
  const lines = tables.flatMap(({ name, findings }) => {
    if (findings.length === 0) return [`${name.padEnd(26)} sound`];
    return findings.map((finding) => {
      const { found, mend } = describeDamage(name, finding);
      return `${name.padEnd(26)} ${found}: ${left(finding.kind) ? mend : 'repaired'}`;
    });
  });
  return {
    data: tables.map((table) => ({ ...table, mended: isRepaired(table) })),
    text: lines.join('\n'),
    exitCode: !dryRun && !tables.every(isRepaired) ? exitCodes.part : 0,
  };
}
