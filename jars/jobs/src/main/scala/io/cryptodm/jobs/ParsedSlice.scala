package io.cryptodm.jobs

import org.apache.spark.rdd.RDD

/**
 * What one task parsed of its part of a batch.
 *
 * @param coverage coverage reported by producers, as rows of the mapping's coverage columns
 * @param bad malformed records, as rows of [[BadRecords.Columns]]
 */
final case class ParsedSlice(counts: Vector[PartitionCount], good: EncodedRows, coverage: EncodedRows, bad: EncodedRows)

object ParsedSlice {

  /** Parses each part of a batch where it is read. Of a record with an invalid bar the valid bars are used, and the record is kept as bad, too. */
  def of(records: RDD[TopicRecord], mapping: RowMapping): RDD[ParsedSlice] =
    records.mapPartitions(part => Iterator.single(parse(part, mapping)))

  def parse(records: Iterator[TopicRecord], mapping: RowMapping): ParsedSlice = {
    val counter = new PartitionCount.Counter
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
