package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.KeyedRow;

/**
 * A row that a batch writes.
 *
 * @param before the row that it supersedes, or null
 */
record Change(KeyedRow after, KeyCache.StoredRow before) {}
