import { count } from '../phrases.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';

/** A commit of data by another engine that nobody has dealt with, or several in a row; see `docs/contracts.md`. */
export interface ForeignCommit {
  /** how many commits */
  commits: number;
  /** when the last was made, ISO-8601 */
  at: string;
  /** who made it, in words */
  engine: string;
  /** Iceberg's name of what it did, such as `append` */
  operation: string;
  /** rows that it wrote */
  added: number;
  /** rows that it removed */
  deleted: number;
}

/** How many commits of a table are named one by one. */
const named = 3;

/** What such commits are, in one sentence, and since when; undefined without any. Other engines often commit many times. */
export function describeForeign(table: string, commits: readonly ForeignCommit[]) {
  const [first] = commits;
  if (first === undefined) return undefined;
  const number = commits.reduce((sum, { commits: its }) => sum + its, 0);
  const newest = commits.slice(-named).map(describeOne).join('; ');
  return {
    id: 'foreign-commit' as const,
    what: `${count(number, 'commit')} to ${table} ${number === 1 ? 'is' : 'are'} not of this lake: ${commits.length > named ? 'at last ' : ''}${newest}`,
    since: first.at,
  };
}

function describeOne({ engine, operation, added, deleted, commits }: ForeignCommit): string {
  const times = commits === 1 ? '' : ` (${String(commits)} times)`;
  const removed = deleted === 0 ? '' : `, ${count(deleted, 'row')} removed`;
  return `${operation}${times} by ${engine}, ${count(added, 'row')} written${removed}`;
}

/** As the property of the table has it; `at` in milliseconds since 1970. */
type Remembered = Omit<ForeignCommit, 'at'> & { at: number; first: number; last: number };

const properties = {
  remembered: 'cryptodm.foreign.commits',
  accepted: 'cryptodm.foreign.accepted',
  markedFrom: 'cryptodm.foreign.from',
  allowed: 'cryptodm.foreign.allowed',
  keptDays: 'cryptodm.keep.days',
} as const;

const mark = 'cryptodm.commit';

/** The commits of other engines that nobody has dealt with, in the order in which they were made. */
export function foreignCommits(
  table: Pick<TableMetadata, 'properties' | 'snapshots' | 'log' | 'current'>,
): ForeignCommit[] {
  const { properties: its, snapshots } = table;
  if (its[properties.allowed]?.toLowerCase() === 'true') return [];
  const accepted = Number(its[properties.accepted] ?? 0);
  const remembered = readRemembered(its[properties.remembered]).filter(({ last }) => last > accepted);
  const known = (sequence: number) => remembered.some(({ first, last }) => first <= sequence && sequence <= last);
  const unmarked = snapshots.filter(
    (snapshot) =>
      snapshot.sequence > accepted &&
      !known(snapshot.sequence) &&
      !(keepsSomeDays(its) && removesFiles(snapshot)) &&
      isForeign(snapshot, Number(its[properties.markedFrom] ?? Infinity)),
  );
  const line = unmarked.length === 0 ? new Set<string>() : lineOf(table);
  return [...remembered, ...unmarked.filter(({ id }) => line.has(id)).map(describe)]
    .sort((one, other) => one.first - other.first)
    .map(({ commits, at, engine, operation, added, deleted }) => ({
      ...{ commits, at: new Date(at).toISOString(), engine, operation, added, deleted },
    }));
}

function readRemembered(text: string | undefined): Remembered[] {
  try {
    return text === undefined ? [] : (JSON.parse(text) as Remembered[]);
  } catch {
    return [];
  }
}

function keepsSomeDays(its: TableMetadata['properties']): boolean {
  return Number(its[properties.keptDays] ?? 0) > 0;
}

/** Of a table that keeps its rows for some days the maintenance removes whole files, in an account by Athena, which leaves no mark. */
function removesFiles({ summary }: Snapshot): boolean {
  const added = ['added-data-files', 'added-delete-files'].some((name) => summary[name] !== undefined);
  return summary['operation'] === 'delete' && !added;
}

/** A commit that only moves rows is nobody's. Before ours were all marked, those of Iceberg's Java library that name no engine were ours. */
function isForeign({ sequence, summary }: Snapshot, markedFrom: number): boolean {
  if (summary[mark] !== undefined || summary['operation'] === 'replace') return false;
  const perhapsOurs = sequence <= markedFrom && summary['iceberg-version'] !== undefined;
  return !perhapsOurs || nameOf(summary) !== undefined;
}

function describe({ sequence, at, summary }: Snapshot): Remembered {
  const figure = (name: string) => Number(summary[name] ?? 0);
  const unnamed =
    summary['iceberg-version'] === undefined
      ? 'an engine that does not name itself, such as PyIceberg'
      : "a program with Iceberg's Java library";
  return {
    ...{ first: sequence, last: sequence, commits: 1, at },
    engine: nameOf(summary) ?? unnamed,
    operation: summary['operation'] ?? 'unknown',
    added: figure('added-records'),
    deleted: figure('deleted-records') + figure('added-position-deletes') + figure('added-equality-deletes'),
  };
}

function nameOf(summary: Snapshot['summary']): string | undefined {
  const name = summary['engine-name'];
  if (name !== undefined) return `${name} ${summary['engine-version'] ?? ''}`.trim();
  if (summary['spark.app.id'] !== undefined) return 'spark';
  if (summary['flink.job-id'] !== undefined) return 'flink';
  return summary['trino_query_id'] === undefined ? undefined : 'trino';
}

/** The snapshots that are, or once were, the state of the table: not those of other branches. */
function lineOf({ snapshots, log, current }: Pick<TableMetadata, 'snapshots' | 'log' | 'current'>): Set<string> {
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const line = new Set(log.map(({ snapshotId }) => snapshotId));
  for (let at = current; at !== undefined; at = byId.get(at.parentId ?? '')) line.add(at.id);
  return line;
}
