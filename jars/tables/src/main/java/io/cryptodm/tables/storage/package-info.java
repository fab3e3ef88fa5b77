/** Reads and writes the Parquet files of a table, and tells which failures are worth another attempt. */
package io.cryptodm.tables.storage;
