package io.cryptodm.tables.rows;

/** A row with its key, the digest of its compared values, and the time of its last change (milliseconds since 1970). */
public record KeyedRow(Digest key, Row row, long values, long changedAt) {}
