import type { Problem } from '../alarms/evaluation.ts';
import type { ForeignTableCommit, Found } from './model.ts';
import { count } from './phrases.ts';

/** How many commits of a table are told one by one. */
const told = 3;

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

/** One problem for each table: other engines often commit many times. */
function ofForeignCommits(commits: ForeignTableCommit[]): Problem[] {
  return [...new Set(commits.map(({ table }) => table))].map((table) => {
    const its = commits.filter((commit) => commit.table === table);
    const number = its.reduce((sum, { commits: its_ }) => sum + its_, 0);
    const newest = its.slice(-told).map(describe).join('; ');
    return {
      id: 'foreign-commit',
      what: `${count(number, 'commit')} to ${table} ${number === 1 ? 'is' : 'are'} not of this lake: ${its.length > told ? 'at last ' : ''}${newest}`,
      ...(its[0] === undefined ? {} : { since: its[0].at }),
      next:
        `Run "cryptodm tables repair --table ${table}": it removes rows whose key a row of the lake has, and keeps the others. ` +
        `If all of it is wanted, run "cryptodm tables accept --table ${table}". Until then maintenance leaves those files alone.`,
    };
  });
}

function describe({ engine, operation, added, deleted, commits }: ForeignTableCommit): string {
  const times = commits === 1 ? '' : ` (${String(commits)} times)`;
  const removed = deleted === 0 ? '' : `, ${count(deleted, 'row')} removed`;
  return `${operation}${times} by ${engine}, ${count(added, 'row')} written${removed}`;
}

function ofTable({ name, reason }: Found['unreadable'][number]): Problem {
  return {
    id: 'table-unreadable',
    what: `the table ${name} can’t be read: ${reason}`,
    next: `Run "cryptodm tables repair --table ${name}".`,
  };
}
