/** Merges many small files of a table into few sorted ones without changing a row. */
package io.cryptodm.tables.compact;
