import type { Problem } from '../../lake/alarms.ts';
import type { IndexFill } from '../../tools/index-state.ts';
import type { Found } from './model.ts';

/** What keeps the index from being what the table is; documents wait for it, and none is lost. */
export function nameIndexProblems({ conditions: { search }, documents, tables, jobs }: Found): Problem[] {
  const index = search?.index;
  if (index === undefined) return [];
  const part = 'elasticsearch';
  const waits = 'its job waits, and no document is lost';
  const problems: Problem[] = [];
  if (index.missing) {
    problems.push({
      ...{ id: 'index-missing', part, what: `there is no index of quotes any more: ${waits}` },
      next: 'Run "cryptodm up": it makes the index again, and the supervisor fills it from the tables.',
    });
  }
  if (index.closed) {
    problems.push({
      ...{ id: 'index-closed', part, what: `the index of quotes is closed: ${waits}` },
      next: 'Run "cryptodm up": it opens the index, and the job goes on by itself.',
    });
  }
  if (index.differences.length > 0) {
    problems.push({
      ...{ id: 'index-differs', part },
      what: `the mapping of the index is not the declared one (${index.differences.slice(0, 3).join(', ')}): what does not fit waits`,
      next: 'Run "cryptodm index rebuild": it rebuilds the index from the tables, and searches go on meanwhile.',
    });
  }
  if (index.fill !== undefined) {
    const table = jobs.length === 0 ? undefined : tables.find(({ name }) => name.endsWith('.crypto_quote'));
    problems.push({
      ...{
        id: 'index-filling',
        part,
        what: `the index is being filled from the tables: ${progressOf(index.fill, documents, table?.rows)}`,
      },
      next: 'It goes on by itself; "cryptodm logs index-fill" says more, "cryptodm index fill" does it now.',
    });
  }
  if (index.begun !== undefined) {
    const { name, fill } = index.begun;
    problems.push({
      ...{ id: 'index-unfinished', part, what: `a new index, ${name}, is made from the tables: ${progressOf(fill)}` },
      next: 'If no "cryptodm index rebuild" runs, run it again: it goes on where it stopped. Searches see the old index until then.',
    });
  }
  return problems;
}

/** @param documents that the index holds, and rows of the table: closer to the truth than what was noted last */
function progressOf({ phase, rows, of }: IndexFill, documents?: number, tableRows?: number): string {
  if (phase === 'closing') return 'all rows are there, and it waits for the newest from the table';
  const [done, whole] = documents === undefined || tableRows === undefined ? [rows, of] : [documents, tableRows];
  if (whole === 0) return 'it begins';
  const share = Math.min(99, Math.floor((100 * done) / whole));
  return `${String(share)} %, ${String(done)} of ${String(whole)} rows`;
}
