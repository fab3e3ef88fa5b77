// Names of errors that OPTIMIZE and VACUUM raise in Athena. A MERGE that lost to another writer comes as a failed commit.

/** Whether another writer was faster: the same statement may succeed next time. */
export function isConflict(reason: string): boolean {
  return /ICEBERG_COMMIT_ERROR|ICEBERG_CONFLICT|TRANSACTION_CONFLICT|Failed to commit|conflicting files|concurrent (update|modification)/i.test(
    reason,
  );
}

/** Whether a statement has done part of its work and must run again for the rest. */
export function needsMoreRuns(reason: string): boolean {
  return /ICEBERG_(OPTIMIZE|VACUUM)_MORE_RUNS_NEEDED/.test(reason);
}
