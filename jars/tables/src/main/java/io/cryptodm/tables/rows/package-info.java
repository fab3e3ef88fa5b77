/** One row of a table, the key it is stored under, and the rule that decides between two rows of one key. */
package io.cryptodm.tables.rows;
