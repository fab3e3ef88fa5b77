package io.cryptodm.jobs

import org.apache.spark.rdd.RDD

/**
 * What one task made of its part of a batch.
 *
 * @param coverage what producers say about watched minutes, as rows of the mapping's coverage columns
 * @param bad malformed records, as rows of [[BadRecords.Columns]]
 */
final case class ParsedSlice(tallies: Vector[PartitionTally], good: EncodedRows, coverage: EncodedRows, bad: EncodedRows)

object ParsedSlice {

  /** Parses each part of a batch where it is read. A record with a fault in one bar keeps its right bars and is kept as bad, too. */
  def of(records: RDD[TopicRecord], mapping: RowMapping): RDD[ParsedSlice] =
    records.mapPartitions(part => Iterator.single(parse(part, mapping)))

  def parse(records: Iterator[TopicRecord], mapping: RowMapping): ParsedSlice = {
    val counter = new PartitionTally.Counter
    val good = new RowBytes.Writer(mapping.columns.size)
    val coverage = new RowBytes.Writer(mapping.coverageColumns.size)
    val bad = new RowBytes.Writer(BadRecords.Columns.size)
    records.foreach { record =>
      counter.count(record)
      val mapped = mapping.map(record)
      mapped.rows.foreach(good.write(record.partition, record.offset, _))
      mapped.coverage.foreach(coverage.write(record.partition, record.offset, _))
      if (mapped.faults.nonEmpty) bad.write(record.partition, record.offset, BadRecords.values(record, mapped.faults.mkString("; ")))
    }
    ParsedSlice(counter.result(), good.result(), coverage.result(), bad.result())
  }
}
