package io.cryptodm.bench;

import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;

/** Turns an event of one bar into a flat record of the table's columns, which the Iceberg sink needs. */
public final class BarTransform implements Transformation<SinkRecord> {
  @Override
  public SinkRecord apply(SinkRecord record) {
    try {
      List<Bar> bars = Bar.read((byte[]) record.value());
      if (bars.size() != 1) {
        throw new DataException("Offset " + record.kafkaOffset() + ": expected one bar, found " + bars.size());
      }
      return record.newRecord(
          record.topic(), record.kafkaPartition(), null, record.key(), null, row(bars.get(0), record), record.timestamp());
    } catch (IOException e) {
      throw new DataException("Offset " + record.kafkaOffset() + " is no event", e);
    }
  }

  private static Map<String, Object> row(Bar bar, SinkRecord record) {
    OffsetDateTime start = bar.start().atOffset(ZoneOffset.UTC);
    Map<String, Object> row = new HashMap<>();
    row.put("asset_id", bar.base());
    row.put("asset_type", bar.quote());
    row.put("start_window", start);
    row.put("end_window", start.plusMinutes(1));
    row.put("price_crypto", bar.close());
    row.put("ref_date", start.toLocalDate());
    row.put("open_price", bar.open());
    row.put("high_price", bar.high());
    row.put("low_price", bar.low());
    row.put("volume", bar.volume());
    row.put("vwap", bar.vwap());
    row.put("trade_count", bar.trades());
    row.put("source", "bench");
    row.put("seen_at", Instant.ofEpochMilli(record.timestamp()).atOffset(ZoneOffset.UTC));
    row.put("kafka_partition", record.kafkaPartition());
    row.put("kafka_offset", record.kafkaOffset());
    return row;
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef();
  }

  @Override
  public void configure(Map<String, ?> settings) {}

  @Override
  public void close() {}
}
