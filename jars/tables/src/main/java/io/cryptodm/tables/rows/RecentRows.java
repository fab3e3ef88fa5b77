package io.cryptodm.tables.rows;

import java.util.List;

/**
 * A bounded memory of rows that were met, by some columns: a hot file is read again with each commit, and most of its rows are not new.
 * What it forgets is met once more.
 */
public final class RecentRows {
  private final int[] columns;
  private final int limit;
  private KeyIndex young = new KeyIndex();
  private KeyIndex old = new KeyIndex();

  /**
   * @param all names of the columns of the rows
   * @param told those that tell one row from another
   * @param limit rows kept, about 60 bytes each
   */
  public RecentRows(List<String> all, List<String> told, int limit) {
    this.columns = told.stream().mapToInt(all::indexOf).toArray();
    this.limit = limit;
  }

  /** True when the row is met for the first time, as far as is remembered. */
  public boolean isNew(Row row) {
    Digest digest = Digest.of(row, columns);
    boolean isNew = young.find(digest) < 0 && old.find(digest) < 0;
    // What is met again stays: it goes into the young half whenever it is met.
    if (young.find(digest) < 0) {
      if (young.size() >= limit / 2) {
        old = young;
        young = new KeyIndex();
      }
      young.put(digest, 0, 0, 0, 0);
    }
    return isNew;
  }

  public void clear() {
    young = new KeyIndex();
    old = new KeyIndex();
  }
}
