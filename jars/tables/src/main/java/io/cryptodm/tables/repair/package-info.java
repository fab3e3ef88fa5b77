/** Looks for damage in a table, such as missing files or two rows of one key, and repairs it. */
package io.cryptodm.tables.repair;
