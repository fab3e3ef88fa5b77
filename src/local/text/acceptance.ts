import { exitCodes } from '../../errors.ts';
import type { Answer } from '../../lake-target.ts';
import { describeForeign, type ExaminedTable } from '../tables/damage.ts';

/** Which commits of other engines count as wanted from now on, and which do not. */
export function acceptanceAnswer(tables: readonly ExaminedTable[]): Answer {
  const isAccepted = ({ foreign, findings }: ExaminedTable) =>
    foreign.twice === 0 && !findings.some(({ kind }) => kind === 'missing-metadata');
  const found = tables.filter(({ foreign }) => foreign.commits.length > 0);
  const lines = found.map((table) => {
    const outcome = isAccepted(table)
      ? 'accepted'
      : `not accepted: run "cryptodm tables repair --table ${table.name}", which keeps the row of the lake`;
    return `${table.name.padEnd(26)} ${describeForeign(table)}: ${outcome}`;
  });
  return {
    data: tables.map((table) => ({ ...table, accepted: table.foreign.commits.length > 0 && isAccepted(table) })),
    text: lines.length === 0 ? 'No other engine has committed anything that is not accepted yet.' : lines.join('\n'),
    exitCode: found.every(isAccepted) ? 0 : exitCodes.part,
  };
}
