package io.cryptodm.jobs

import java.math.{BigDecimal => JavaDecimal}
import java.time.{Instant, LocalDate, ZoneOffset}

import com.fasterxml.jackson.databind.JsonNode
import io.cryptodm.contracts.Spec.Job.Kind

import scala.collection.mutable
import scala.jdk.CollectionConverters._

/**
 * What a comparison of index and table has found.
 *
 * @param missing rows without a document
 * @param extra documents without a row
 * @param other documents with another revision or price than the row
 * @param example id of one of them
 * @param behind why nothing is certain: a job has not yet written what was produced before the comparison
 */
final case class Compared(rows: Long, documents: Long, missing: Long, extra: Long, other: Long, example: Option[String], behind: Option[String])

/**
 * Compares the index with the table: each coin and hour by the number of its documents and the sums of their revisions and prices, and where these differ
 * each document. It holds the sums of a day at a time.
 *
 * What is still on its way is no difference: one counts only if it is the same after both jobs have written everything that was produced before it was seen.
 */
final class IndexComparison(connection: SearchConnection, table: QuoteTable, ends: JobEnds, waits: String => Unit, timeoutMillis: Long = 60000) {
  import IndexComparison._

  private val target = Option(connection.search.lakeAlias).getOrElse(connection.search.index)

  def compare(): Compared = {
    if (!bothReach()) return Compared(0, 0, 0, 0, 0, None, Some("the jobs have not yet written what was produced before"))
    table.reader.refresh()
    var rows, documents, missing, extra = 0L
    val differing = mutable.LinkedHashSet.empty[Hour]
    days().foreach { day =>
      val (inTable, inIndex) = (sumsOfTable(day), sumsOfIndex(day))
      rows += inTable.valuesIterator.map(_.count).sum
      documents += inIndex.valuesIterator.map(_.count).sum
      (inTable.keySet ++ inIndex.keySet).foreach { hour =>
        val (row, document) = (inTable.getOrElse(hour, Sum.Zero), inIndex.getOrElse(hour, Sum.Zero))
        if (!row.isLike(document)) {
          if (differing.size < MostHours) differing += hour
          else {
            // Beyond that the number alone tells that the index is to be rebuilt.
            missing += math.max(0, row.count - document.count)
            extra += math.max(0, document.count - row.count)
          }
        }
      }
    }
    val first = differences(differing)
    if (first.isEmpty) Compared(rows, documents, missing, extra, 0, None, None)
    else if (!bothReach()) Compared(rows, documents, 0, 0, 0, None, Some("the jobs have not yet written what was produced meanwhile"))
    else {
      table.reader.refresh()
      val second = differences(differing)
      val lasting = first.filter { case (id, pair) => second.get(id).contains(pair) }
      def count(which: ((Option[Value], Option[Value])) => Boolean): Long = lasting.valuesIterator.count(which).toLong
      Compared(
        rows,
        documents,
        missing + count(_._2.isEmpty),
        extra + count(_._1.isEmpty),
        count(pair => pair._1.isDefined && pair._2.isDefined),
        lasting.keysIterator.toStream.headOption,
        None)
    }
  }

  private def bothReach(): Boolean = {
    val (generation, offsets) = ends.now(waits)
    Seq(Kind.QUOTES_TO_TABLE, Kind.QUOTES_TO_INDEX).forall(ends.await(_, generation, offsets, waits, timeoutMillis))
  }

  /** Days of either side. */
  private def days(): Seq[LocalDate] = {
    val histogram = """{"size":0,"aggs":{"days":{"date_histogram":{"field":"start_window","fixed_interval":"1d","min_doc_count":1}}}}"""
    val inIndex = search(histogram).path("aggregations").path("days").path("buckets").elements.asScala.map(bucket => dayOf(Instant.ofEpochMilli(bucket.path("key").asLong)))
    val inTable = table.days().getOrElse {
      val found = mutable.Set.empty[LocalDate]
      table.readAll(row => eachBar(row)(its => found += dayOf(its.bar.start)))
      found.toSeq
    }
    (inIndex ++ inTable).toSeq.distinct.sortBy(_.toEpochDay)
  }

  private def sumsOfTable(day: LocalDate): collection.Map[Hour, Sum] = {
    val sums = mutable.HashMap.empty[Hour, Sum]
    table.read(day) { row =>
      eachBar(row) { its =>
        val hour = hourOf(its)
        sums.put(hour, sums.getOrElse(hour, Sum.Zero).plus(its.revision, its.bar.close))
      }
    }
    sums
  }

  private def sumsOfIndex(day: LocalDate): collection.Map[Hour, Sum] = {
    val sums = mutable.HashMap.empty[Hour, Sum]
    var after = Option.empty[JsonNode]
    var more = true
    while (more) {
      val body = SearchConnection.Json.createObjectNode().put("size", 0)
      body.set[JsonNode]("query", between(day.atStartOfDay(ZoneOffset.UTC).toInstant, day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant))
      val hours = body.putObject("aggs").putObject("hours")
      val composite = hours.putObject("composite").put("size", PageOfHours)
      val sources = composite.putArray("sources")
      Seq("asset_id", "asset_type").foreach(field => sources.addObject().putObject(field).putObject("terms").put("field", field))
      sources.addObject().putObject("hour").putObject("date_histogram").put("field", "start_window").put("fixed_interval", "1h")
      after.foreach(composite.set[JsonNode]("after", _))
      val aggregations = hours.putObject("aggs")
      Seq("revision", "price_crypto").foreach(field => aggregations.putObject(field).putObject("sum").put("field", field))
      val found = search(body.toString).path("aggregations").path("hours")
      found.path("buckets").elements.asScala.foreach { bucket =>
        val key = bucket.path("key")
        sums.put(
          Hour(key.path("asset_id").asText, key.path("asset_type").asText, Instant.ofEpochMilli(key.path("hour").asLong)),
          Sum(bucket.path("doc_count").asLong, bucket.path("revision").path("value").asDouble, bucket.path("price_crypto").path("value").asDouble))
      }
      after = if (found.has("after_key")) Some(found.path("after_key")) else None
      more = after.isDefined
    }
    sums
  }

  /** What each document is in the table and in the index, where that differs. */
  private def differences(hours: collection.Set[Hour]): Map[String, (Option[Value], Option[Value])] = {
    val rows = mutable.HashMap.empty[String, Value]
    hours.groupBy(hour => dayOf(hour.start)).foreach { case (day, its) =>
      table.read(day)(row =>
        eachBar(row)(quote => if (its.contains(hourOf(quote))) rows.put(QuoteDocument.idOf(quote.bar), Value(quote.revision, quote.bar.close.doubleValue))))
    }
    val documents = hours.iterator.flatMap(documentsOf).toMap
    (rows.keySet ++ documents.keySet).iterator.map(id => id -> (rows.get(id) -> documents.get(id))).filter { case (_, (row, document)) => row != document }.toMap
  }

  /** At most one for each second: other lakes' documents are none of ours. */
  private def documentsOf(hour: Hour): Seq[(String, Value)] = {
    val body = SearchConnection.Json.createObjectNode().put("size", MostInHour)
    body.putArray("_source").add("revision").add("price_crypto")
    val filters = body.putObject("query").putObject("bool").putArray("filter")
    filters.addObject().putObject("term").put("asset_id", hour.base)
    filters.addObject().putObject("term").put("asset_type", hour.quote)
    filters.add(between(hour.start, hour.start.plusSeconds(3600)))
    search(body.toString).path("hits").path("hits").elements.asScala.map { hit =>
      hit.path("_id").asText -> Value(hit.path("_source").path("revision").asLong, hit.path("_source").path("price_crypto").asDouble)
    }.toSeq
  }

  private def between(from: Instant, to: Instant): JsonNode = {
    val query = SearchConnection.Json.createObjectNode()
    query.putObject("range").putObject("start_window").put("gte", from.toString).put("lt", to.toString)
    query
  }

  private def search(body: String): JsonNode = {
    val answer = connection.ask("POST", s"/$target/_search", body)
    if (answer.isOk) answer.json else throw new IndexRefusal(s"the index can't be read: Elasticsearch at ${connection.search.url} answered ${answer.error}")
  }

  /** Rows that are no documents are skipped: other engines have written them. */
  private def eachBar(row: io.cryptodm.tables.rows.Row)(use: QuoteRow => Unit): Unit = {
    val read =
      try Some(table.rowOf(row))
      catch { case _: IllegalArgumentException | _: ArithmeticException => None }
    read.foreach(use)
  }
}

object IndexComparison {

  /** Hours whose documents are looked at one by one. */
  private val MostHours = 500
  private val MostInHour = 3600
  private val PageOfHours = 2000

  /** An hour of a coin. */
  private final case class Hour(base: String, quote: String, start: Instant)

  private final case class Value(revision: Long, price: Double)

  private def hourOf(its: QuoteRow): Hour =
    Hour(its.bar.pair.base, its.bar.pair.quote, Instant.ofEpochSecond(its.bar.start.getEpochSecond / 3600 * 3600))

  private def dayOf(time: Instant): LocalDate = LocalDate.ofInstant(time, ZoneOffset.UTC)

  /** Sums of some documents. Elasticsearch adds doubles, with compensation: up to generation 128 the sum of an hour's revisions is exact. */
  private final case class Sum(count: Long, revisions: Double, prices: Double) {
    def plus(revision: Long, price: JavaDecimal): Sum = Sum(count + 1, revisions + revision, prices + price.doubleValue)

    def isLike(other: Sum): Boolean =
      count == other.count && revisions == other.revisions && isNear(prices, other.prices, 1e-9)
  }

  private object Sum {
    val Zero: Sum = Sum(0, 0, 0)
  }

  private def isNear(one: Double, other: Double, relative: Double): Boolean = math.abs(one - other) <= relative * math.max(math.abs(one), math.abs(other))
}
