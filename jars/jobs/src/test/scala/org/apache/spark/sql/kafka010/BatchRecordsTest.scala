package org.apache.spark.sql.kafka010

import io.cryptodm.jobs.{SparkLoan, TestTopic}
import org.apache.kafka.common.TopicPartition
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.execution.datasources.v2.DataSourceRDD
import org.scalatest.funsuite.AnyFunSuite

/** What is recognised; that the records are right is shown by every test that has a broker. */
class BatchRecordsTest extends AnyFunSuite {
  private def source(session: SparkSession, ranges: (Long, Long)*): RDD[InternalRow] = {
    val partitions = ranges.zipWithIndex.map { case ((from, until), number) =>
      val range = KafkaOffsetRange(new TopicPartition("coinbase-currencies", number), from, until, None)
      Seq(KafkaBatchInputPartition(range, new java.util.HashMap, 1000, failOnDataLoss = false, includeHeaders = true))
    }
    new DataSourceRDD(session.sparkContext, partitions, KafkaBatchReaderFactory, false, Map.empty)
  }

  test("the source is found behind what was made of its rows, with a task for each of its own") {
    SparkLoan.withSession { session =>
      val projected = source(session, (0L, 10L), (7L, 8L)).mapPartitions(rows => rows.map(_.copy()))
      assert(BatchRecords.of(projected).map(_.partitions.length) == Some(2))
    }
  }

  test("rows of another source, and offsets that are not known yet, are read as rows") {
    SparkLoan.withSession { session =>
      val other = TestTopic.batch(session, Seq(TestTopic.row("{}", 0))).queryExecution.toRdd
      assert(BatchRecords.of(other).isEmpty)
      assert(BatchRecords.of(source(session, (KafkaOffsetRangeLimit.EARLIEST, 10L))).isEmpty)
    }
  }
}
