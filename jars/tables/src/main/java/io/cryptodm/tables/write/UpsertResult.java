package io.cryptodm.tables.write;

/**
 * What a batch changed in a table.
 *
 * @param inserted rows under new keys
 * @param replaced rows that superseded an older revision
 * @param dropped rows that changed nothing: repeats, older revisions, replays
 * @param tableRows rows in the table afterwards
 * @param committed false if nothing changed, so that there was no commit
 */
public record UpsertResult(long inserted, long replaced, long dropped, long tableRows, boolean committed) {}
