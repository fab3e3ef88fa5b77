import { exitCodes } from '../../errors.ts';
import type { Answer, RepairRequest } from '../../lake-target.ts';
import { describeDamage, describeForeign, describeLoss, type ExaminedTable } from '../tables/damage.ts';

/** What was repaired of each table, and what is left. */
export function repairAnswer(
  tables: readonly ExaminedTable[],
  { dryRun, forgetMissing }: Pick<RepairRequest, 'dryRun' | 'forgetMissing'>,
): Answer {
  type Found = ExaminedTable['findings'][number];
  const isLeft = (table: ExaminedTable, { kind }: Found) =>
    dryRun || (kind === 'missing-metadata' && table.repaired !== true) || (kind === 'missing-file' && !forgetMissing);
  const isRepaired = (table: ExaminedTable) => !table.findings.some((finding) => isLeft(table, finding));
  const outcome = ({ earlier, derived }: ExaminedTable, { kind }: Found) => {
    if (kind !== 'missing-metadata') return 'repaired';
    if (derived === true) return 'silver and gold are calculated again from bronze';
    return earlier === undefined || earlier === null ? 'made again, empty' : `set back to ${describeLoss(earlier)}`;
  };
  const lines = tables.flatMap((table) => {
    const { name, findings } = table;
    const foreign = describeForeign(table);
    const kept = dryRun ? 'it removes the former and keeps the latter' : 'the former were removed, the latter are kept';
    const others = foreign === '' ? [] : [`${name.padEnd(26)} ${foreign}: ${kept}`];
    if (findings.length === 0 && others.length === 0) return [`${name.padEnd(26)} sound`];
    const damage = findings.map((finding) => {
      const { found, mend } = describeDamage(table, finding);
      return `${name.padEnd(26)} ${found}: ${isLeft(table, finding) ? mend : outcome(table, finding)}`;
    });
    return [...damage, ...others];
  });
  return {
    data: tables.map((table) => ({ ...table, mended: isRepaired(table) })),
    text: lines.join('\n'),
    exitCode: !dryRun && !tables.every(isRepaired) ? exitCodes.part : 0,
  };
}
