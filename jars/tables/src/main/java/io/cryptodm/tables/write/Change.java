package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.KeyedRow;

/**
 * A row that goes in.
 *
 * @param before what it supersedes, or null
 */
record Change(KeyedRow after, KeyCache.StoredRow before) {}
