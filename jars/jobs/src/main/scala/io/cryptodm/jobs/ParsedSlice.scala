package io.cryptodm.jobs

/**
 * What one task parsed of its part of a batch.
 *
 * @param good rows of each of the mapping's tables
 * @param bad malformed records, as rows of [[BadRecords.Columns]]
 */
final case class ParsedSlice(counts: Vector[PartitionCount], good: Vector[EncodedRows], bad: EncodedRows)

object ParsedSlice {

  /** Parses each part of a batch where it is read. */
  final class Parsing(mapping: RowMapping) extends BatchWork[TopicRecord, ParsedSlice] {
    override def perform(records: Iterator[TopicRecord]): ParsedSlice = parse(records, mapping)
  }

  /** Of a record with an invalid bar the valid bars are used, and the record is kept as bad, too. */
  def parse(records: Iterator[TopicRecord], mapping: RowMapping): ParsedSlice = {
    val counter = new PartitionCount.Counter
    val good = mapping.tables.map(columns => new RowBytes.Writer(columns.size))
    val bad = new RowBytes.Writer(BadRecords.Columns.size)
    records.foreach { record =>
      counter.count(record)
      val mapped = mapping.map(record)
      good.zip(mapped.rows).foreach { case (writer, rows) => rows.foreach(writer.write(record.partition, record.offset, _)) }
      if (mapped.faults.nonEmpty) bad.write(record.partition, record.offset, BadRecords.values(record, mapped.faults.mkString("; ")))
    }
    ParsedSlice(counter.result(), good.map(_.result()), bad.result())
  }
}
