package io.cryptodm.jobs

import io.cryptodm.tables.rows.{EncodedRows, RowBytes}
import io.cryptodm.tables.write.{TaskRows, TaskSlice, TaskTable}

/**
 * What one task parsed of its part of a batch.
 *
 * @param good rows of each of the mapping's tables
 * @param bad malformed records, as rows of [[BadRecords.Columns]]
 */
final case class ParsedSlice(counts: Vector[PartitionCount], good: Vector[TaskSlice], bad: EncodedRows)

object ParsedSlice {

  /**
   * Parses each part of a batch where it is read.
   *
   * @param files tables of which the tasks of a large batch write files, by their place in the mapping
   */
  final class Parsing(mapping: RowMapping, files: Map[Int, TaskTable]) extends BatchWork[TopicRecord, ParsedSlice] {
    override def perform(records: Iterator[TopicRecord]): ParsedSlice = parse(records, mapping, files)
  }

  /** Takes the rows of one table. */
  private trait Taking {
    def take(partition: Int, offset: Long, values: Array[AnyRef]): Unit
    def finish(): TaskSlice
    def discard(): Unit = ()
  }

  private final class Encoding(columns: Int) extends Taking {
    private val rows = new RowBytes.Writer(columns)
    override def take(partition: Int, offset: Long, values: Array[AnyRef]): Unit = rows.write(partition, offset, values)
    override def finish(): TaskSlice = TaskSlice.of(rows.result())
  }

  private final class Filing(rows: TaskRows) extends Taking {
    override def take(partition: Int, offset: Long, values: Array[AnyRef]): Unit = rows.add(partition, offset, values)
    override def finish(): TaskSlice = rows.finish()
    override def discard(): Unit = rows.discard()
  }

  /** Of a record with an invalid bar the valid bars are used, and the record is kept as bad, too. */
  def parse(records: Iterator[TopicRecord], mapping: RowMapping, files: Map[Int, TaskTable] = Map.empty): ParsedSlice = {
    val counter = new PartitionCount.Counter
    val good = mapping.tables.zipWithIndex.map { case (columns, at) =>
      files.get(at).fold[Taking](new Encoding(columns.size))(table => new Filing(table.collect()))
    }.toArray
    val bad = new RowBytes.Writer(BadRecords.Columns.size)
    try {
      records.foreach { record =>
        counter.count(record)
        val mapped = mapping.map(record)
        var at = 0
        while (at < good.length) {
          mapped.rows(at).foreach(good(at).take(record.partition, record.offset, _))
          at += 1
        }
        if (mapped.faults.nonEmpty) bad.write(record.partition, record.offset, BadRecords.values(record, mapped.faults.mkString("; ")))
      }
      ParsedSlice(counter.result(), good.map(_.finish()).toVector, bad.result())
    } catch {
      case e: Throwable =>
        good.foreach(_.discard())
        throw e
    }
  }
}
