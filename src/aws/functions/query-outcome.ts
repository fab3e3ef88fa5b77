// Names of Athena's errors as its statements OPTIMIZE and VACUUM raise them; that a MERGE met another writer comes as a failed commit.

/** Whether another writer was faster: the same statement may succeed now. */
export function isConflict(reason: string): boolean {
  return /ICEBERG_COMMIT_ERROR|ICEBERG_CONFLICT|TRANSACTION_CONFLICT|Failed to commit|conflicting files|concurrent (update|modification)/i.test(
    reason,
  );
}

/** Whether a statement has done part of its work and is to be run again for the rest. */
export function needsMoreRuns(reason: string): boolean {
  return /ICEBERG_(OPTIMIZE|VACUUM)_MORE_RUNS_NEEDED/.test(reason);
}
