package io.cryptodm.jobs

import org.apache.spark.rdd.RDD

/**
 * What one task made of its part of a batch.
 *
 * @param bad malformed records, as rows of [[BadRecords.Columns]]
 */
final case class ParsedSlice(tallies: Vector[PartitionTally], good: EncodedRows, bad: EncodedRows)

object ParsedSlice {

  /** Parses each part of a batch where it is read. A record with a fault in one bar keeps its right bars and is kept as bad, too. */
  def of(records: RDD[TopicRecord], mapping: RowMapping): RDD[ParsedSlice] =
    records.mapPartitions(part => Iterator.single(parse(part, mapping)))

  def parse(records: Iterator[TopicRecord], mapping: RowMapping): ParsedSlice = {
    val counter = new PartitionTally.Counter
    val good = new RowBytes.Writer(mapping.columns.size)
    val bad = new RowBytes.Writer(BadRecords.Columns.size)
    records.foreach { record =>
      counter.count(record)
      val (rows, faults) = mapping.rows(record)
      rows.foreach(good.write(record.partition, record.offset, _))
      if (faults.nonEmpty) bad.write(record.partition, record.offset, BadRecords.values(record, faults.mkString("; ")))
    }
    ParsedSlice(counter.result(), good.result(), bad.result())
  }
}
