package io.cryptodm.tables.catalog;

/** An existing table cannot become what is declared without losing or reinterpreting data. */
public final class RefusedEvolution extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String table;
  private final String column;
  private final String reason;

  RefusedEvolution(String table, String column, String reason) {
    super("Table " + table + (column.isEmpty() ? "" : ", column " + column) + ": " + reason);
    this.table = table;
    this.column = column;
    this.reason = reason;
  }

  public String table() {
    return table;
  }

  /** The column; empty if the table as a whole is meant. */
  public String column() {
    return column;
  }

  public String reason() {
    return reason;
  }
}
