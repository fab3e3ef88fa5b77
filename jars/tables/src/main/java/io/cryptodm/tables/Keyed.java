package io.cryptodm.tables;

/** A row with its key and the digest of its judged values, and when it last changed (milliseconds since 1970). */
record Keyed(Digest key, Row row, long values, long changedAt) {}
