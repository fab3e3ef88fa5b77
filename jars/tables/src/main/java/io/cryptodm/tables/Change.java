package io.cryptodm.tables;

/**
 * A row that goes in.
 *
 * @param before what it supersedes, or null
 */
record Change(Keyed after, KeyMemory.Known before) {}
