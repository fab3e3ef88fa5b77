package io.cryptodm.optimize;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/** What a table consists of: data and delete files of its current snapshot and their bytes, snapshots, manifests. */
record TableFigures(long files, long bytes, long snapshots, long manifests) {

  static TableFigures of(Table table) {
    table.refresh();
    long snapshots = 0;
    for (Snapshot ignored : table.snapshots()) {
      snapshots++;
    }
    Snapshot current = table.currentSnapshot();
    if (current == null) {
      return new TableFigures(0, 0, snapshots, 0);
    }
    Map<String, String> summary = current.summary();
    long files = total(summary, "total-data-files") + total(summary, "total-delete-files");
    return new TableFigures(files, total(summary, "total-files-size"), snapshots, current.allManifests(table.io()).size());
  }

  void write(JsonGenerator out, String name) throws IOException {
    out.writeObjectFieldStart(name);
    out.writeNumberField("files", files);
    out.writeNumberField("bytes", bytes);
    out.writeNumberField("snapshots", snapshots);
    out.writeNumberField("manifests", manifests);
    out.writeEndObject();
  }

  private static long total(Map<String, String> summary, String key) {
    return Long.parseLong(summary.getOrDefault(key, "0"));
  }
}
