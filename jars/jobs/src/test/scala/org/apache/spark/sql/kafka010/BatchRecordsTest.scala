package org.apache.spark.sql.kafka010

import java.io.StringWriter

import io.cryptodm.jobs.{SharedSpark, TestFolders, TestTopic, TopicRecord}
import org.apache.kafka.common.TopicPartition
import org.apache.logging.log4j.{Level, LogManager}
import org.apache.logging.log4j.core.Logger
import org.apache.logging.log4j.core.appender.WriterAppender
import org.apache.logging.log4j.core.config.Configurator
import org.apache.logging.log4j.core.layout.PatternLayout
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.connector.read.{InputPartition, PartitionReader, PartitionReaderFactory}
import org.apache.spark.sql.execution.datasources.v2.DataSourceRDD
import org.apache.spark.sql.streaming.Trigger
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.apache.spark.{Partition, TaskContext}
import org.scalatest.funsuite.AnyFunSuite

/** What is recognised, and what happens where Spark's internals differ. Tests with a broker show that the records are right. */
class BatchRecordsTest extends AnyFunSuite with TestFolders {
  import BatchRecordsTest._

  private val forms = BatchRecords.Forms[String](_ => "record", row => s"row ${row.getLong(0)}")

  private def source(session: SparkSession, factory: PartitionReaderFactory, ranges: (Long, Long)*): RDD[InternalRow] = {
    val partitions = ranges.zipWithIndex.map { case ((from, until), number) =>
      val range = KafkaOffsetRange(new TopicPartition("coinbase-currencies", number), from, until, None)
      Seq(KafkaBatchInputPartition(range, new java.util.HashMap, 1000, failOnDataLoss = false, includeHeaders = true))
    }
    new DataSourceRDD(session.sparkContext, partitions, factory, false, Map.empty)
  }

  private def kafka(session: SparkSession, ranges: (Long, Long)*): RDD[InternalRow] = source(session, KafkaBatchReaderFactory, ranges: _*)

  private def areRecords(rdd: RDD[_]): Boolean = rdd.isInstanceOf[BatchRecords[_]]

  test("a stream of this Spark is read as Kafka's records, not as rows") {
    SharedSpark.withSession { session =>
      var seen = Seq.empty[RDD[TopicRecord]]
      val query = session.readStream
        .format(classOf[BrokerlessKafka].getName)
        .load()
        .writeStream
        .foreachBatch((batch: DataFrame, _: Long) => seen :+= TopicRecord.of(batch))
        .option("checkpointLocation", newFolder("brokerless").toString)
        .trigger(Trigger.AvailableNow())
        .start()
      query.awaitTermination()
      assert(seen.map(_.getNumPartitions) == Seq(2))
      // It fails after an upgrade of Spark that BatchRecords no longer fits: catching up would take half as much processor time again (decision 26).
      assert(seen.forall(records => lineage(records).exists(areRecords)), seen.map(_.toDebugString))
    }
  }

  test("the source is found behind what was made of its rows, with a task for each of its own") {
    SharedSpark.withSession { session =>
      val projected = kafka(session, (0L, 10L), (7L, 8L)).mapPartitions(rows => rows.map(_.copy()))
      val records = BatchRecords.of(projected, forms)
      assert(areRecords(records) && records.partitions.length == 2)
      assert(BatchRecords.size(records).contains(11))
    }
  }

  test("rows of another source, and offsets that are not known yet, are read as rows") {
    SharedSpark.withSession { session =>
      val other = TestTopic.batch(session, Seq(TestTopic.row("{}", 0))).queryExecution.toRdd
      assert(!areRecords(BatchRecords.of(other, forms)))
      assert(BatchRecords.size(BatchRecords.of(other, forms)).isEmpty)
      assert(!areRecords(BatchRecords.of(kafka(session, (KafkaOffsetRangeLimit.EARLIEST, 10L)), forms)))
    }
  }

  test("a Spark whose plan does not link is read as rows") {
    SharedSpark.withSession { session =>
      val read = BatchRecords.of(source(session, OffsetsAsRows, (0L, 2L), (7L, 8L)), forms, UnlinkedPlan)
      assert(!areRecords(read))
      assert(read.collect().toSeq == Seq("row 0", "row 1", "row 7"))
    }
  }

  test("a Spark whose consumer does not link is read as rows, each record once") {
    SharedSpark.withSession { session =>
      val read = BatchRecords.of(source(session, OffsetsAsRows, (0L, 2L), (7L, 8L)), forms, UnlinkedConsumer)
      assert(areRecords(read))
      assert(read.collect().toSeq == Seq("row 0", "row 1", "row 7"))
    }
  }

  test("reading as rows is logged once, with the reason") {
    SharedSpark.withSession { session =>
      val said = warnings {
        BatchRecords.told.set(false)
        (1 to 3).foreach(_ => BatchRecords.of(source(session, OffsetsAsRows, (0L, 2L)), forms, UnlinkedConsumer).collect())
        BatchRecords.of(source(session, OffsetsAsRows, (0L, 2L)), forms, UnlinkedPlan).collect()
      }
      assert(said.size == 1 && said.head.contains("NoSuchMethodError: KafkaDataConsumer.get"), said)
    }
  }

  test("another error of a task stays its error") {
    SharedSpark.withSession { session =>
      val e = intercept[Exception](BatchRecords.of(source(session, OffsetsAsRows, (0L, 2L)), forms, BrokenConsumer).collect())
      assert(e.getMessage.contains("the broker is gone"))
    }
  }

  private def warnings(act: => Unit): Seq[String] = {
    val text = new StringWriter
    val appender = WriterAppender.createAppender(PatternLayout.newBuilder.withPattern("%p %m%n").build, null, text, "captured", false, true)
    appender.start()
    // The tests' own configuration logs errors only.
    Configurator.setLevel(BatchRecords.LogName, Level.WARN)
    val logger = LogManager.getLogger(BatchRecords.LogName).asInstanceOf[Logger]
    logger.addAppender(appender)
    try act
    finally logger.removeAppender(appender)
    text.toString.linesIterator.filter(_.startsWith("WARN")).toSeq
  }

  private def lineage(rdd: RDD[_]): Seq[RDD[_]] = rdd +: rdd.dependencies.flatMap(its => lineage(its.rdd))
}

object BatchRecordsTest {
  private object UnlinkedPlan extends BatchRecords.Internals {
    override def isReadable(split: Partition): Boolean = throw new NoSuchMethodError("DataSourceRDDPartition.inputPartitions")
    override def size(split: Partition): Long = throw new NoSuchMethodError("KafkaBatchInputPartition.offsetRange")
    override def read(split: Partition, context: TaskContext): Iterator[BatchRecords.Record] = Iterator.empty
  }

  private object UnlinkedConsumer extends BatchRecords.Internals {
    override def isReadable(split: Partition): Boolean = true
    override def size(split: Partition): Long = throw new NoSuchMethodError("KafkaBatchInputPartition.offsetRange")
    override def read(split: Partition, context: TaskContext): Iterator[BatchRecords.Record] = new Iterator[BatchRecords.Record] {
      override def hasNext: Boolean = throw new NoSuchMethodError("KafkaDataConsumer.get")
      override def next(): BatchRecords.Record = throw new NoSuchElementException
    }
  }

  private object BrokenConsumer extends BatchRecords.Internals {
    override def isReadable(split: Partition): Boolean = true
    override def size(split: Partition): Long = throw new NoSuchMethodError("KafkaBatchInputPartition.offsetRange")
    override def read(split: Partition, context: TaskContext): Iterator[BatchRecords.Record] = throw new IllegalStateException("the broker is gone")
  }

  /** In place of Kafka's reader: one row for each offset, which it holds. */
  private object OffsetsAsRows extends PartitionReaderFactory {
    override def createReader(partition: InputPartition): PartitionReader[InternalRow] = new PartitionReader[InternalRow] {
      private val range = partition.asInstanceOf[KafkaBatchInputPartition].offsetRange
      private var offset = range.fromOffset - 1
      override def next(): Boolean = {
        offset += 1
        offset < range.untilOffset
      }
      override def get(): InternalRow = InternalRow(offset)
      override def close(): Unit = ()
    }
  }
}
