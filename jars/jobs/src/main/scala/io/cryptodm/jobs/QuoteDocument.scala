package io.cryptodm.jobs

import java.io.ByteArrayOutputStream
import java.math.{BigDecimal => JavaDecimal}
import java.nio.charset.StandardCharsets.UTF_8
import java.time.Instant

import com.fasterxml.jackson.core.{JsonEncoding, JsonFactory, JsonGenerator}
import io.cryptodm.contracts.QuoteBar

import scala.collection.mutable

/**
 * Bars as documents of the index: the columns of `crypto_quote`, times as ISO-8601 in UTC, decimals as JSON numbers. They are the same whether a bar
 * comes from the topic or from the table. One instance is for the bars of one task: it caches the texts of minutes, which many coins share.
 */
final class QuoteDocument {
  import QuoteDocument._

  private val buffer = new ByteArrayOutputStream(1024)
  private val texts = mutable.HashMap.empty[Instant, String]

  /**
   * The two lines of a bulk request. By its external version only the highest revision stays, however often and in whatever order they come.
   *
   * @param seenMicros time of the record, in microseconds since 1970
   */
  def bulkLines(bar: QuoteBar, source: String, seenMicros: Long, revision: Long): Array[Byte] = {
    val start = textOf(bar.start)
    buffer.reset()
    buffer.write(
      s"""{"index":{"_id":"${idOf(bar, start)}","version":$revision,"version_type":"external_gte"}}\n""".getBytes(UTF_8))
    val out = Json.createGenerator(buffer, JsonEncoding.UTF8)
    out.writeStartObject()
    out.writeStringField("asset_id", bar.pair.base)
    out.writeStringField("asset_type", bar.pair.quote)
    out.writeStringField("start_window", start)
    out.writeStringField("end_window", textOf(bar.end))
    number(out, "price_crypto", bar.close)
    out.writeStringField("ref_date", bar.refDate.toString)
    number(out, "open_price", bar.open)
    number(out, "high_price", bar.high)
    number(out, "low_price", bar.low)
    number(out, "volume", bar.volume)
    number(out, "vwap", bar.vwap)
    if (bar.tradeCount == null) out.writeNullField("trade_count") else out.writeNumberField("trade_count", bar.tradeCount: Long)
    // Absent where the source does not say it, as in the record: most documents stay as small as they were.
    if (bar.complete != null) out.writeBooleanField("complete", bar.complete)
    out.writeStringField("source", source)
    out.writeStringField("seen_at", Instant.ofEpochMilli(Math.floorDiv(seenMicros, 1000L)).toString)
    out.writeNumberField("revision", revision)
    out.writeEndObject()
    out.close()
    buffer.write('\n')
    buffer.toByteArray
  }

  private def textOf(time: Instant): String = {
    // The bars of a whole table have too many minutes.
    if (texts.size >= CachedTexts) texts.clear()
    texts.getOrElseUpdate(time, time.toString)
  }
}

object QuoteDocument {

  /** The id of a bar's document. */
  def idOf(bar: QuoteBar): String = idOf(bar, bar.start.toString)

  private def idOf(bar: QuoteBar, start: String): String = s"${bar.pair.base}-${bar.pair.quote}-$start"

  private val CachedTexts = 4096
  private val Json = new JsonFactory

  private def number(out: JsonGenerator, field: String, value: JavaDecimal): Unit =
    if (value == null) {
      out.writeNullField(field)
    } else {
      out.writeFieldName(field)
      out.writeNumber(if (value.signum == 0) "0" else value.stripTrailingZeros.toPlainString)
    }
}
