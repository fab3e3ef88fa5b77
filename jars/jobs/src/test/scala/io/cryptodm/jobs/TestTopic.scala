package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.sql.Timestamp
import java.time.Instant

import org.apache.spark.sql.execution.streaming._
import org.apache.spark.sql.execution.streaming.runtime._
import org.apache.spark.sql.{DataFrame, SparkSession}

/** A record as Spark's Kafka source gives it. */
final case class SourceRow(
    key: Array[Byte],
    value: Array[Byte],
    topic: String,
    partition: Int,
    offset: Long,
    timestamp: Timestamp,
    timestampType: Int,
    headers: Seq[SourceHeader])

final case class SourceHeader(key: String, value: Array[Byte])

object TestTopic {
  val Produced: Instant = Instant.parse("2025-07-08T12:05:30Z")

  def row(value: String, offset: Long, partition: Int = 0, source: String = "simulate"): SourceRow = SourceRow(
    "BTC/USD".getBytes(UTF_8),
    if (value == null) null else value.getBytes(UTF_8),
    "coinbase-currencies",
    partition,
    offset,
    Timestamp.from(Produced),
    0,
    if (source == null) null else Seq(SourceHeader("source", source.getBytes(UTF_8))))

  def record(value: String, offset: Long, partition: Int = 0): TopicRecord =
    TopicRecord(partition, offset, Produced.toEpochMilli * 1000, null, if (value == null) null else value.getBytes(UTF_8), "simulate")

  def bar(pair: String, close: String, start: String = "2025-07-08T12:00:00Z", complete: Option[Boolean] = None): String =
    s"""{"bars":{${entry(pair, close, start, complete)}}}"""

  def bars(pairs: String*): String = pairs.map(entry(_, "7", "2025-07-08T12:00:00Z")).mkString("""{"bars":{""", ",", "}}")

  def coverage(pair: String, from: String, to: String, state: String = "observed"): String =
    s"""{"bars":{},"coverage":{"pair":"$pair","from":"$from","to":"$to","state":"$state"}}"""

  private def entry(pair: String, close: String, start: String, complete: Option[Boolean] = None): String =
    s"""{"$pair":{"c":$close,${complete.map(its => s""""complete":$its,""").mkString}"h":1000,"l":1,"n":3,"o":5,"t":"$start","v":1.5,"vw":6}}""".drop(1).dropRight(1)

  def batch(session: SparkSession, rows: Seq[SourceRow]): DataFrame = {
    import session.implicits._
    rows.toDF()
  }

  def stream(session: SparkSession): MemoryStream[SourceRow] = {
    import session.implicits._
    // Spark 3.5 asks for the context, 4.1 for the session.
    implicit val context: org.apache.spark.sql.SQLContext = session.sqlContext
    implicit val its: SparkSession = session
    MemoryStream[SourceRow]
  }
}
