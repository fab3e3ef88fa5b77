package io.cryptodm.tables.write;

/**
 * What a batch did to a table.
 *
 * @param inserted rows under new keys
 * @param replaced rows that superseded an older revision
 * @param dropped rows that changed nothing: repeats, stale revisions, replays
 * @param tableRows rows in the table afterwards
 * @param committed false when there was nothing to change, so that no snapshot was made
 */
public record UpsertResult(long inserted, long replaced, long dropped, long tableRows, boolean committed) {}
