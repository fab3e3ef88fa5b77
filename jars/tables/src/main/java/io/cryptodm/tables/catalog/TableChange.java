package io.cryptodm.tables.catalog;

import java.util.List;

/**
 * What was done so that a table matches its declaration.
 *
 * @param action {@code created}, {@code evolved} or {@code unchanged}
 * @param added columns added to an existing table
 */
public record TableChange(String name, String action, List<String> added) {}
