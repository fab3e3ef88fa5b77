/** Expires old snapshots and removes the files that no table refers to. */
package io.cryptodm.tables.cleanup;
