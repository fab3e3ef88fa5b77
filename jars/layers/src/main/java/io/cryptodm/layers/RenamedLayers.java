package io.cryptodm.layers;

import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.storage.CommitRetry;
import java.util.List;
import org.apache.iceberg.DeleteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.expressions.Expressions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Empties the layers once the names of coins are others than those that they were made with, so that they are made again from bronze. */
final class RenamedLayers {
  /** Table property of the grid: the names that the layers are made with. */
  static final String NAMES = "cryptodm.layers.renamed";

  private static final Logger LOG = LoggerFactory.getLogger(RenamedLayers.class);

  private RenamedLayers() {}

  /**
   * @param grid name of the table with the property
   * @param tables names of all tables of the layers
   * @param inputs names of the tables that they are made from
   */
  static void settle(Catalog catalog, CoinNames names, String grid, List<String> tables, List<String> inputs) {
    Table table = catalog.loadTable(LakeCatalog.identifier(grid));
    if (table.properties().getOrDefault(NAMES, "").equals(names.toString())) {
      return;
    }
    LOG.info("coins are renamed otherwise than before ({}): silver and gold are made again", names);
    // First, so that a process that ends here begins again.
    LakeLayers.forgetProgress(catalog, inputs);
    tables.forEach(name -> empty(catalog.loadTable(LakeCatalog.identifier(name))));
    CommitRetry.untilCommitted(
        table,
        () -> {
          table.refresh();
          table.updateProperties().set(NAMES, names.toString()).commit();
        });
  }

  private static void empty(Table table) {
    CommitRetry.untilCommitted(
        table,
        () -> {
          table.refresh();
          if (table.currentSnapshot() != null) {
            DeleteFiles delete = table.newDelete().deleteFromRowFilter(Expressions.alwaysTrue());
            CommitMark.put(delete);
            delete.commit();
          }
        });
  }
}
