export interface TableFigures {
  /** data and delete files */
  files: number;
  bytes: number;
  snapshots: number;
  manifests: number;
}

/** What the upkeep did to a table, or would do. */
export interface Optimized {
  event: 'optimized' | 'would-optimize';
  table: string;
  before: TableFigures;
  after: TableFigures;
  /** files that were read and replaced, and their bytes */
  rewritten: number;
  rewrittenBytes: number;
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

/** In the words of `IcebergOptimize`, here and on a cluster. */
export function renderOptions(options: OptimizeOptions): string[] {
  const number = (flag: string, value: number | undefined) =>
    value === undefined ? [] : [flag, String(Math.round(value))];
  return [
    ...options.tables.flatMap((table) => ['--table', table]),
    ...(options.dryRun ? ['--dry-run'] : []),
    ...number('--retain', options.retainSeconds),
    ...number('--orphans-older-than', options.orphansOlderThanSeconds),
    ...number('--target-file-size', options.targetFileBytes),
  ];
}
