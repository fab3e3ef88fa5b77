package io.cryptodm.bench;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Rows of the table, in the order of its columns, from the records of the topic. */
final class BarRows implements KafkaRecordDeserializationSchema<RowData> {
  private static final long serialVersionUID = 1L;
  private static final int PRECISION = 24;

  private final RowType type;
  private final List<String> columns;

  BarRows(RowType type) {
    this.type = type;
    this.columns = List.copyOf(type.getFieldNames());
  }

  @Override
  public TypeInformation<RowData> getProducedType() {
    return InternalTypeInfo.of(type);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RowData> out) throws IOException {
    for (Bar bar : Bar.read(record.value())) {
      GenericRowData row = new GenericRowData(columns.size());
      for (int i = 0; i < columns.size(); i++) {
        row.setField(i, value(columns.get(i), bar, record));
      }
      out.collect(row);
    }
  }

  private static Object value(String column, Bar bar, ConsumerRecord<byte[], byte[]> record) {
    return switch (column) {
      case "asset_id" -> StringData.fromString(bar.base());
      case "asset_type" -> StringData.fromString(bar.quote());
      case "start_window" -> TimestampData.fromInstant(bar.start());
      case "end_window" -> TimestampData.fromInstant(bar.start().plus(1, ChronoUnit.MINUTES));
      case "ref_date" -> (int) bar.start().atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
      case "price_crypto" -> decimal(bar.close());
      case "open_price" -> decimal(bar.open());
      case "high_price" -> decimal(bar.high());
      case "low_price" -> decimal(bar.low());
      case "volume" -> decimal(bar.volume());
      case "vwap" -> decimal(bar.vwap());
      case "trade_count" -> bar.trades();
      case "source" -> StringData.fromString("bench");
      case "seen_at" -> TimestampData.fromInstant(Instant.ofEpochMilli(record.timestamp()));
      case "kafka_partition" -> record.partition();
      case "kafka_offset" -> record.offset();
      default -> null;
    };
  }

  private static DecimalData decimal(BigDecimal value) {
    return value == null ? null : DecimalData.fromBigDecimal(value, PRECISION, Bar.SCALE);
  }
}
