/** Refuses every commit that would change the rows of a table instead of only moving them. */
package io.cryptodm.tables.verify;
