package io.cryptodm.tables.rows;

/** A row with its key and the digest of its judged values, and when it last changed (milliseconds since 1970). */
public record KeyedRow(Digest key, Row row, long values, long changedAt) {}
