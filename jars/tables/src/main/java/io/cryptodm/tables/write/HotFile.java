package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyedRow;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.DataFile;

/**
 * The small file with the newest rows of a partition, which are also in memory. Each commit replaces it as a whole, so that a thousand
 * revisions of the current minute leave one file and no position deletes.
 *
 * @param slot its number in {@link FileNumbers}, which stays the same when a commit replaces the file
 * @param file the present file in the table
 */
record HotFile(int slot, DataFile file, Map<Digest, KeyedRow> rows) {
  HotFile(int slot, DataFile file, Iterable<KeyedRow> rows) {
    this(slot, file, new LinkedHashMap<>());
    rows.forEach(row -> this.rows.put(row.key(), row));
  }
}
