package io.cryptodm.optimize;

import java.util.Locale;

/**
 * What the upkeep of one table did, or would do.
 *
 * @param rewritten data and delete files that were read and replaced
 * @param rewrittenBytes of these
 * @param expired snapshots that went
 * @param orphans files that no metadata led to, and that went
 * @param freed bytes of all files that went
 * @param compared rows that were compared before the commits that replaced them
 */
record MaintenanceResult(
    String table, TableSize before, TableSize after, long rewritten, long rewrittenBytes, long expired, long orphans, long freed, long compared,
    double seconds) {

  String toJson(boolean dryRun) {
    return String.format(
        Locale.ROOT,
        "{\"event\":\"%s\",\"table\":\"%s\",\"before\":%s,\"after\":%s,\"rewritten\":%d,\"rewrittenBytes\":%d,\"expired\":%d,\"orphans\":%d,"
            + "\"freedBytes\":%d,\"comparedRows\":%d,\"seconds\":%.1f}",
        dryRun ? "would-optimize" : "optimized",
        table, before.toJson(), after.toJson(), rewritten, rewrittenBytes, expired, orphans, freed, compared, seconds);
  }
}
