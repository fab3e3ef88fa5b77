/** Writes rows by key, exactly once, with the end offsets of their topic in the same commit. */
package io.cryptodm.tables.write;
