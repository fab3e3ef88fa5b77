package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Keyed;

/**
 * A row that goes in.
 *
 * @param before what it supersedes, or null
 */
record Change(Keyed after, KeyMemory.Known before) {}
