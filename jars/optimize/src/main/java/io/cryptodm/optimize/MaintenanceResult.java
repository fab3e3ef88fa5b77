package io.cryptodm.optimize;

import java.util.Locale;

/**
 * What the maintenance of one table did, or would do.
 *
 * @param rewritten number of data and delete files that were read and replaced
 * @param rewrittenBytes of these
 * @param removed number of rows that were older than the table keeps them
 * @param expired number of expired snapshots
 * @param orphans number of removed orphan files
 * @param freed bytes of all removed files
 * @param compared rows whose checksums were compared before a commit
 */
record MaintenanceResult(
    String table, TableSize before, TableSize after, long rewritten, long rewrittenBytes, long removed, long expired, long orphans, long freed, long compared,
    double seconds) {

  String toJson(boolean dryRun) {
    return String.format(
        Locale.ROOT,
        "{\"event\":\"%s\",\"table\":\"%s\",\"before\":%s,\"after\":%s,\"rewritten\":%d,\"rewrittenBytes\":%d,\"removedRows\":%d,\"expired\":%d,\"orphans\":%d,"
            + "\"freedBytes\":%d,\"comparedRows\":%d,\"seconds\":%.1f}",
        dryRun ? "would-optimize" : "optimized",
        table, before.toJson(), after.toJson(), rewritten, rewrittenBytes, removed, expired, orphans, freed, compared, seconds);
  }
}
