package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyedRow;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.DataFile;

/**
 * The small file at the young end of a partition, with its rows kept in memory. A commit replaces it as a whole, so that a thousand
 * revisions of the current minute leave one file and no position delete behind.
 *
 * @param slot its number among the known files, which stays while the file behind it is replaced
 * @param file what stands in the table
 */
record HotFile(int slot, DataFile file, Map<Digest, KeyedRow> rows) {
  HotFile(int slot, DataFile file, Iterable<KeyedRow> rows) {
    this(slot, file, new LinkedHashMap<>());
    rows.forEach(row -> this.rows.put(row.key(), row));
  }
}
