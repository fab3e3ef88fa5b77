/**
 * How long the tables keep what is no longer needed, in days. Snapshots: as long as the topics keep what led to them; the limit is a property
 * of each table (`history.expire.max-snapshot-age-ms`), which Iceberg, the jobs and Athena's VACUUM read. Orphan files: longer than any writer
 * works on a commit; Athena's VACUUM has the same limit, built in. Trades of exchanges: their bars stay, and millions of rows a day are much for one machine.
 */
export const keepDays = { snapshots: 7, orphans: 3, marketTrades: 30 } as const;

/** Property of a table that keeps its rows for some days, by the day that it is partitioned by; `0` or absent: for ever. */
export const keepProperty = 'cryptodm.keep.days';

/** Days for which a table keeps its rows, by its properties; 0: for ever. */
export function keptDaysOf(properties: Readonly<Record<string, string>> | undefined): number {
  return Number(properties?.[keepProperty] ?? 0);
}

export interface TableFigures {
  /** data and delete files */
  files: number;
  bytes: number;
  snapshots: number;
  manifests: number;
}

/** What the maintenance did to a table, or would do. */
export interface Optimized {
  event: 'optimized' | 'would-optimize';
  table: string;
  before: TableFigures;
  after: TableFigures;
  /** files that were read and replaced, and their bytes */
  rewritten: number;
  rewrittenBytes: number;
  /** rows that went because they were older than the table keeps them */
  removedRows: number;
  /** snapshots that went */
  expired: number;
  orphans: number;
  /** bytes of all files that went */
  freedBytes: number;
  /** rows that were compared before the commits that replaced their files */
  comparedRows: number;
  seconds: number;
}

export interface OptimizeOptions {
  /** all when empty */
  tables: string[];
  /** say what would be done and change nothing */
  dryRun: boolean;
  retainSeconds: number | undefined;
  orphansOlderThanSeconds: number | undefined;
  targetFileBytes: number | undefined;
}

/** Arguments of `IcebergOptimize`, on this machine and on a cluster. */
export function renderOptions(options: OptimizeOptions): string[] {
  const number = (flag: string, value: number | undefined) =>
    value === undefined ? [] : [flag, String(Math.round(value))];
  return [
    ...options.tables.flatMap((table) => ['--table', table]),
    ...(options.dryRun ? ['--dry-run'] : []),
    ...number('--retain', options.retainSeconds),
    ...number('--orphans-older-than', options.orphansOlderThanSeconds ?? keepDays.orphans * 86_400),
    ...number('--target-file-size', options.targetFileBytes),
  ];
}
