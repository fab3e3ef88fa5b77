package io.cryptodm.tables.write;

import io.cryptodm.tables.storage.ForwardedOperations;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SupportsBulkOperations;
import org.apache.iceberg.io.SupportsPrefixOperations;

/** The data and delete files that were opened through a table. */
final class ReadFiles {
  private final List<String> locations = new CopyOnWriteArrayList<>();

  /** The same table, whose reads are noted here. */
  Table through(Table table) {
    FileIO noting = noting(table.io());
    return new BaseTable(
        new ForwardedOperations(((HasTableOperations) table).operations()) {
          @Override
          public FileIO io() {
            return noting;
          }
        },
        table.name());
  }

  private FileIO noting(FileIO real) {
    Class<?>[] interfaces =
        List.of(FileIO.class, SupportsPrefixOperations.class, SupportsBulkOperations.class).stream().filter(its -> its.isInstance(real)).toArray(Class<?>[]::new);
    return (FileIO)
        Proxy.newProxyInstance(
            FileIO.class.getClassLoader(),
            interfaces,
            (proxy, called, arguments) -> {
              if (called.getName().equals("newInputFile")) {
                note(arguments[0] instanceof ContentFile<?> file ? file.location() : arguments[0].toString());
              }
              try {
                return called.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void note(String location) {
    if (location.endsWith(".parquet")) {
      locations.add(location);
    }
  }

  int count() {
    return locations.size();
  }

  void clear() {
    locations.clear();
  }
}
