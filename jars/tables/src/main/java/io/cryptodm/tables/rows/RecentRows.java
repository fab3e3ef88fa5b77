package io.cryptodm.tables.rows;

import java.util.List;

/**
 * Remembers which rows were read before, told apart by some columns, up to a limit: a hot file is read again after each commit, and most of
 * its rows are not new. A row that was dropped from memory counts as new again.
 */
public final class RecentRows {
  private final int[] columns;
  private final int limit;
  private KeyIndex young = new KeyIndex();
  private KeyIndex old = new KeyIndex();

  /**
   * @param all names of the columns of the rows
   * @param identifying those that tell one row from another
   * @param limit rows kept, about 60 bytes each
   */
  public RecentRows(List<String> all, List<String> identifying, int limit) {
    this.columns = identifying.stream().mapToInt(all::indexOf).toArray();
    this.limit = limit;
  }

  /** True when the row was not read before, as far as is remembered. */
  public boolean isNew(Row row) {
    Digest digest = Digest.of(row, columns);
    boolean isNew = young.find(digest) < 0 && old.find(digest) < 0;
    // A row that is read again goes into the young half, so that it stays in memory.
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
