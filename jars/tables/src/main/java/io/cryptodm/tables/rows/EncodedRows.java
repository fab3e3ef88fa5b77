package io.cryptodm.tables.rows;

import java.io.Serializable;

/**
 * Rows as bytes, see {@link RowBytes}.
 *
 * @param columns number of values in each row
 * @param rows number of rows
 * @param texts what rows refer to by its place
 */
public record EncodedRows(int columns, int rows, byte[] bytes, String[] texts) implements Serializable {}
