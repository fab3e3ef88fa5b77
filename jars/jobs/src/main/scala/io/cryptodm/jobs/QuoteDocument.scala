package io.cryptodm.jobs

import java.io.StringWriter
import java.math.{BigDecimal => JavaDecimal}
import java.time.Instant

import com.fasterxml.jackson.core.{JsonFactory, JsonGenerator}
import io.cryptodm.contracts.{QuoteBar, Revision}

/** A bar as a document of the index: the columns of `crypto_quote`, times as ISO-8601 in UTC, decimals as JSON numbers. Pure. */
object QuoteDocument {
  private val Json = new JsonFactory

  def id(bar: QuoteBar): String = s"${bar.pair.base}-${bar.pair.quote}-${bar.start}"

  /** The two lines of a bulk request. An external version lets only the highest revision stand, however often and in whatever order they come. */
  def bulkLines(bar: QuoteBar, record: TopicRecord, generation: Long): String = {
    val revision = Revision.of(generation, record.offset)
    val text = new StringWriter(512)
    text.append("{\"index\":{\"_id\":\"").append(id(bar)).append("\",\"version\":").append(revision.toString)
    text.append(",\"version_type\":\"external_gte\"}}\n")
    val out = Json.createGenerator(text)
    out.writeStartObject()
    out.writeStringField("asset_id", bar.pair.base)
    out.writeStringField("asset_type", bar.pair.quote)
    out.writeStringField("start_window", bar.start.toString)
    out.writeStringField("end_window", bar.end.toString)
    number(out, "price_crypto", bar.close)
    out.writeStringField("ref_date", bar.refDate.toString)
    number(out, "open_price", bar.open)
    number(out, "high_price", bar.high)
    number(out, "low_price", bar.low)
    number(out, "volume", bar.volume)
    number(out, "vwap", bar.vwap)
    if (bar.tradeCount == null) out.writeNullField("trade_count") else out.writeNumberField("trade_count", bar.tradeCount: Long)
    out.writeStringField("source", record.source)
    out.writeStringField("seen_at", Instant.ofEpochMilli(record.timestampMicros / 1000).toString)
    out.writeNumberField("revision", revision)
    out.writeEndObject()
    out.close()
    text.append('\n').toString
  }

  private def number(out: JsonGenerator, field: String, value: JavaDecimal): Unit =
    if (value == null) {
      out.writeNullField(field)
    } else {
      out.writeFieldName(field)
      out.writeNumber(if (value.signum == 0) "0" else value.stripTrailingZeros.toPlainString)
    }
}
