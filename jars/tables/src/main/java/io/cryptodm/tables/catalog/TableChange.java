package io.cryptodm.tables.catalog;

import java.util.List;

/**
 * What was done to bring a table to its declaration.
 *
 * @param action {@code created}, {@code evolved} or {@code unchanged}
 * @param added columns added to a standing table
 */
public record TableChange(String name, String action, List<String> added) {}
