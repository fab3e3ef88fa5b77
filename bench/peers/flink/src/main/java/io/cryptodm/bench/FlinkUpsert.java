package io.cryptodm.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.CatalogLoader;
import org.apache.iceberg.flink.FlinkSchemaUtil;
import org.apache.iceberg.flink.TableLoader;
import org.apache.iceberg.flink.sink.FlinkSink;

/** Writes bars of a topic into an Iceberg table by key, with Flink's Iceberg sink in upsert mode: {@code FlinkUpsert SETTINGS}. */
public final class FlinkUpsert {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
  private static final int PARALLELISM = 2;

  private FlinkUpsert() {}

  public static void main(String[] args) throws Exception {
    PeerSettings settings = PeerSettings.read(Path.of(args[0]));
    TableLoader table = tableLoader(settings);
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, configuration(settings));
    DataStream<RowData> bars =
        environment.fromSource(source(settings, schema(table)), WatermarkStrategy.noWatermarks(), "bars");
    FlinkSink.forRowData(bars)
        .tableLoader(table)
        .equalityFieldColumns(List.of("asset_id", "asset_type", "start_window"))
        .upsert(true)
        .append();
    environment.execute("bars");
  }

  private static Configuration configuration(PeerSettings settings) {
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, settings.folder().resolve("checkpoints").toUri().toString());
    return configuration;
  }

  private static KafkaSource<RowData> source(PeerSettings settings, Schema schema) {
    return KafkaSource.<RowData>builder()
        .setBootstrapServers(settings.bootstrapServers())
        .setTopics(settings.topic())
        .setGroupId("flink-upsert")
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setDeserializer(new BarRows(FlinkSchemaUtil.convert(schema)))
        .build();
  }

  private static TableLoader tableLoader(PeerSettings settings) {
    CatalogLoader catalog =
        CatalogLoader.custom(
            "lake", settings.catalog(), new org.apache.hadoop.conf.Configuration(false), "org.apache.iceberg.jdbc.JdbcCatalog");
    return TableLoader.fromCatalog(catalog, TableIdentifier.parse(settings.table()));
  }

  private static Schema schema(TableLoader loader) throws Exception {
    try (TableLoader opened = loader.clone()) {
      opened.open();
      return opened.loadTable().schema();
    }
  }
}
