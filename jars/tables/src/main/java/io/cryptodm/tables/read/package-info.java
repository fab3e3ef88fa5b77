/** Reads rows of a table, and what has been added since a snapshot. */
package io.cryptodm.tables.read;
