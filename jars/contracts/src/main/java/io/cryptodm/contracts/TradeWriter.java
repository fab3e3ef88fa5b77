package io.cryptodm.contracts;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes trade records; {@link TradeParser} reads them back unchanged when their time has whole milliseconds. */
public final class TradeWriter {
  private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private TradeWriter() {}

  /** The record's value as UTF-8: times in UTC with milliseconds, plain decimals without trailing zeros. */
  public static byte[] write(TradeEvent trade) {
    StringBuilder out = new StringBuilder(256);
    field(out.append('{'), "transaction_id", trade.transactionId());
    field(out.append(','), "document_id", trade.documentId());
    field(out.append(','), "asset_id", trade.pair().base());
    field(out.append(','), "asset_type", trade.pair().quote());
    field(out.append(','), "transaction_timestamp", MILLIS.format(trade.timestamp()));
    field(out.append(','), "trade_type", trade.type().name());
    out.append(",\"quantity\":").append(Money.text(trade.quantity()));
    field(out.append(','), "ref_date", trade.refDate().toString());
    return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append('"').append(name).append("\":\"");
    JsonStringEncoder.getInstance().quoteAsString(value, out);
    out.append('"');
  }
}
