import type { Problem } from '../../lake/alarms.ts';
import type { ForeignTableCommit, Found } from './model.ts';
import { describeForeign } from '../../tools/iceberg/foreign-commits.ts';

/** Tables that can't be read, each by itself or all with their catalog. */
export function ofTables(found: Found): Problem[] {
  return [...ofCatalog(found), ...found.unreadable.map(ofTable), ...ofForeignCommits(found.foreign ?? [])];
}

function ofCatalog({ catalogFault }: Found): Problem[] {
  if (catalogFault === undefined) return [];
  return [
    {
      id: 'table-unreadable',
      what: `no table can be read, because their catalog can’t: ${catalogFault}`,
      next: 'Run "cryptodm down --keep-data", put warehouse/catalog.db back from a copy (docs/reliability.md tells how to take one), and run "cryptodm up".',
    },
  ];
}

function ofForeignCommits(commits: ForeignTableCommit[]): Problem[] {
  return [...new Set(commits.map(({ table }) => table))].flatMap((table) => {
    const problem = describeForeign(
      table,
      commits.filter((commit) => commit.table === table),
    );
    const next =
      `Run "cryptodm tables repair --table ${table}": it removes rows whose key a row of the lake has, and keeps the others. ` +
      `If all of it is wanted, run "cryptodm tables accept --table ${table}". Until then maintenance leaves those files alone.`;
    return problem === undefined ? [] : [{ ...problem, next }];
  });
}

function ofTable({ name, reason }: Found['unreadable'][number]): Problem {
  return {
    id: 'table-unreadable',
    what: `the table ${name} can’t be read: ${reason}`,
    next: `Run "cryptodm tables repair --table ${name}".`,
  };
}
