package io.cryptodm.local;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.catalog.TableChange;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.write.KeyedTable;
import io.cryptodm.tables.write.RowBatch;
import io.cryptodm.tables.write.UpsertResult;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.catalog.Catalog;

/** Writes a list of URLs to the table of icons, in one commit. */
record AssetIcons(int rows, long inserted, long updated, String source) {
  private static final String TABLE = "crypto_db.crypto_assets";

  /** @param icons JSON {@code [{"asset_id","url"}]}; without it nothing changes */
  static AssetIcons refresh(Catalog catalog, Optional<Path> icons, Clock clock) throws IOException {
    return write(catalog, icons.isPresent() ? read(icons.get(), clock) : List.of(), icons.isPresent() ? "file" : "none");
  }

  /** Fills the table if these changes have created it. Icons are optional, so an error goes to stderr only. */
  static void fillNew(Catalog catalog, List<TableChange> changes, String icons, Clock clock) {
    if (changes.stream().noneMatch(change -> change.name().equals(TABLE) && change.action().equals("created"))) {
      return;
    }
    try (JsonParser json = new JsonFactory().createParser(icons)) {
      write(catalog, read(json, "of a new table", clock), "given");
    } catch (IOException | RuntimeException e) {
      System.err.println("No icons yet: " + e.getMessage());
    }
  }

  private static AssetIcons write(Catalog catalog, List<Row> rows, String source) {
    UpsertResult written = KeyedTable.open(catalog, LakeCatalog.identifier(TABLE), UpsertRule.ASSETS).upsert(RowBatch.of(rows));
    return new AssetIcons(rows.size(), written.inserted(), written.replaced(), source);
  }

  private static List<Row> read(Path file, Clock clock) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
      return read(json, file.toString(), clock);
    } catch (FileNotFoundException | JsonParseException e) {
      throw new IllegalArgumentException("Icons " + file + ": " + e.getMessage(), e);
    }
  }

  private static List<Row> read(JsonParser json, String where, Clock clock) throws IOException {
    int today = (int) LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toEpochDay();
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw new IllegalArgumentException("Icons " + where + ": must be a JSON array of {\"asset_id\", \"url\"}");
    }
    List<Row> rows = new ArrayList<>();
    while (json.nextToken() == JsonToken.START_OBJECT) {
      rows.add(icon(json, where, today));
    }
    return rows;
  }

  private static Row icon(JsonParser json, String where, int date) throws IOException {
    String asset = null;
    String url = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "asset_id" -> asset = json.getValueAsString();
        case "url" -> url = json.getValueAsString();
        default -> json.skipChildren();
      }
    }
    if (asset == null || url == null) {
      throw new IllegalArgumentException("Icons " + where + ": an entry has no asset_id or no url");
    }
    return Row.of(asset, url, date);
  }

  String toJson() {
    return Functions.json(
        out -> {
          out.writeObjectFieldStart("assets");
          out.writeNumberField("rows", rows);
          out.writeNumberField("inserted", inserted);
          out.writeNumberField("updated", updated);
          out.writeStringField("source", source);
          out.writeEndObject();
        });
  }
}
