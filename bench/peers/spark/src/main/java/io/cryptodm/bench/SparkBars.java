package io.cryptodm.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.from_json;

import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructType;

/** Writes bars of a topic into an Iceberg table with Spark's structured streaming: {@code SparkBars append|merge SETTINGS}. */
public final class SparkBars {
  private static final DecimalType MONEY = DataTypes.createDecimalType(24, 12);
  private static final StructType BAR =
      new StructType()
          .add("t", DataTypes.TimestampType)
          .add("o", MONEY)
          .add("h", MONEY)
          .add("l", MONEY)
          .add("c", MONEY)
          .add("v", MONEY)
          .add("vw", MONEY)
          .add("n", DataTypes.LongType);
  private static final StructType EVENT =
      new StructType().add("bars", DataTypes.createMapType(DataTypes.StringType, BAR));

  private SparkBars() {}

  public static void main(String[] args) throws Exception {
    PeerSettings settings = PeerSettings.read(Path.of(args[1]));
    String table = "lake." + settings.table();
    boolean merges = args[0].equals("merge");
    SparkSession spark = session(settings);
    spark.sparkContext().setLogLevel("WARN");
    rows(spark, settings)
        .writeStream()
        .foreachBatch(
            (Dataset<Row> batch, Long id) -> {
              if (merges) {
                merge(batch, table);
              } else {
                batch.writeTo(table).append();
              }
            })
        .option("checkpointLocation", settings.folder().resolve("checkpoint").toString())
        .trigger(Trigger.ProcessingTime("1 second"))
        .start()
        .awaitTermination();
  }

  private static SparkSession session(PeerSettings settings) {
    SparkSession.Builder builder =
        SparkSession.builder()
            .appName("bars")
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
            .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog");
    settings.catalog().forEach((name, value) -> builder.config("spark.sql.catalog.lake." + name, value));
    return builder.getOrCreate();
  }

  private static Dataset<Row> rows(SparkSession spark, PeerSettings settings) {
    return spark
        .readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", settings.bootstrapServers())
        .option("subscribe", settings.topic())
        .option("startingOffsets", "earliest")
        .load()
        .select(
            col("partition"),
            col("offset"),
            col("timestamp"),
            explode(from_json(col("value").cast("string"), EVENT).getField("bars")).as(new String[] {"pair", "bar"}))
        .selectExpr(
            "split_part(pair, '/', 1) as asset_id",
            "split_part(pair, '/', 2) as asset_type",
            "bar.t as start_window",
            "bar.t + interval 1 minute as end_window",
            "bar.c as price_crypto",
            "to_date(bar.t) as ref_date",
            "bar.o as open_price",
            "bar.h as high_price",
            "bar.l as low_price",
            "bar.v as volume",
            "bar.vw as vwap",
            "bar.n as trade_count",
            "'bench' as source",
            "timestamp as seen_at",
            "partition as kafka_partition",
            "offset as kafka_offset");
  }

  private static void merge(Dataset<Row> batch, String table) {
    batch.createOrReplaceTempView("batch");
    batch
        .sparkSession()
        .sql(
            "merge into "
                + table
                + " as held using (select * from (select *, row_number() over (partition by asset_id, asset_type, start_window"
                + " order by kafka_offset desc) as place from batch) where place = 1) as came"
                + " on held.asset_id = came.asset_id and held.asset_type = came.asset_type and held.start_window = came.start_window"
                + " when matched then update set *"
                + " when not matched then insert *");
  }
}
