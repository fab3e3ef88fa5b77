package io.cryptodm.jobs

import java.time.{Duration, LocalDate}
import java.util.Optional


import scala.collection.mutable
import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/** What a rebuild tells while it works. */
trait RebuildReport {

  /** The index that is filled. @param resumed an earlier run had begun it */
  def begun(index: String, resumed: Boolean): Unit

  /** @param of rows of the table when it began */
  def filling(rows: Long, of: Long): Unit

  /** It waits. */
  def waiting(reason: String): Unit

  /** From here on searches see it. @param removed the index whose place it took */
  def swapped(index: String, removed: Option[String]): Unit
}

/**
 * What a rebuild has done.
 *
 * @param rows that were written
 * @param unfit rows that are no documents, or that the index refuses for what they hold
 */
final case class Rebuilt(index: String, rows: Long, unfit: Long, example: Option[String])

/**
 * Fills an index from the table of quotes. Documents carry their revision as external version, so a row that comes twice, or before or after the same
 * record by the job, changes nothing. A run that was killed goes on where it stopped: the index says how far it is.
 *
 * Every record gets there: those that the table had, by reading it; those produced since the job writes to this index, by the job; and those in between,
 * which the job has written to the old index while the table had not got them yet, by reading the table again once it holds the topic up to its end at
 * that time.
 */
final class IndexRebuild(connection: SearchConnection, table: QuoteTable, ends: RebuildEnds, report: RebuildReport, timeout: Duration = IndexRebuild.Timeout) {
  import IndexRebuild._

  private val search = connection.search
  private val indexes = new LakeIndexes(connection)
  private var unfit = 0L
  private var example = Option.empty[String]
  private var written = 0L

  /** Makes the index again, and puts it in the place of the one that answers. One that answers and is being filled is filled. */
  def rebuild(): Rebuilt = {
    val all = indexes.list()
    val live = all.find(indexes.isLive)
    live.filter(index => isDeclared(index) && IndexFill.of(index.mappings).isDefined) match {
      case Some(index) => fillLive(index, resumed = true)
      case None =>
        val begun = all.filter(index => !indexes.isLive(index) && indexes.numberOf(index).isDefined && IndexFill.of(index.mappings).isDefined)
        val (usable, stale) = begun.partition(index => isDeclared(index) && !index.isClosed && index.blocks.isEmpty)
        val last = usable.sortBy(indexes.numberOf(_).get).lastOption
        (stale ++ usable.filterNot(last.contains)).foreach(index => indexes.delete(index.name))
        val name = last.map(_.name).getOrElse(s"${search.index}-${(all.flatMap(indexes.numberOf(_)) :+ 1).max + 1}")
        if (last.isEmpty) indexes.create(name, IndexFill())
        report.begun(name, last.isDefined)
        val started = last.flatMap(index => IndexFill.of(index.mappings)).getOrElse(IndexFill())
        val writer = writerOf(name, isAlias = false)
        val filled = follow(name, writer, fill(name, writer, started))
        writer.refresh()
        report.swapped(name, takePlace(name))
        close(name, writerOfLive(name), filled)
    }
  }

  /**
   * Has an index take the place of the one that answers. Another run may do so at any moment: the process of a command that was killed goes on.
   *
   * @return the index that was removed
   */
  private def takePlace(name: String): Option[String] = {
    val old = indexes.live()
    if (old.exists(_.name == name)) None
    else
      try {
        indexes.swap(name, old)
        old.map(_.name)
      } catch { case _: IndexRefusal if indexes.live().exists(_.name == name) => None }
  }

  /** Fills the index that answers, if it says that it is to be filled. */
  def fill(): Option[Rebuilt] = {
    val live = indexes.live().getOrElse(throw new IndexRefusal(s"there is no index ${search.index}"))
    IndexFill.of(live.mappings).map(its => fillLive(live, resumed = its.since.isDefined))
  }

  private def fillLive(index: IndexState, resumed: Boolean): Rebuilt = {
    report.begun(index.name, resumed)
    val writer = writerOfLive(index.name)
    val its = IndexFill.of(index.mappings).getOrElse(IndexFill())
    close(index.name, writer, if (its.isClosing) its else fill(index.name, writer, its))
  }

  /** Writes all rows, the newest days first. */
  private def fill(name: String, writer: SearchIndex, begun: IndexFill): IndexFill = {
    table.reader.refresh()
    var its = begun
    if (its.since.isEmpty) {
      val snapshot = table.reader.snapshot.toScala
      snapshot.foreach(keep)
      its = its.copy(since = snapshot, of = table.reader.since(null).files.asScala.map(_.recordCount).sum)
      indexes.save(name, Some(its))
    }
    val total = its
    def progress(rows: Long): Unit = report.filling(rows, total.of)
    progress(its.rows)
    table.days() match {
      case None => its = its.copy(rows = its.rows + write(writer, table.readAll, rows => progress(total.rows + rows)))
      case Some(days) =>
        days.filter(day => its.below.forall(day.isBefore)).foreach { day =>
          table.reader.refresh()
          val before = its.rows
          its = its.copy(below = Some(day), rows = before + write(writer, table.read(day), rows => progress(before + rows)))
          indexes.save(name, Some(its))
        }
    }
    its
  }

  /** Writes what was added to the table meanwhile, until that is little: so much of the newest is missing for a moment after the index has taken its place. */
  private def follow(name: String, writer: SearchIndex, begun: IndexFill): IndexFill = {
    var its = begun
    var rounds = 0
    var rows = Long.MaxValue
    while (rows > Little && rounds < MaxRounds) {
      val (next, added) = takeAdded(name, writer, its)
      its = next
      rows = added
      rounds += 1
    }
    its
  }

  /** Writes what was added to the table since the snapshot that the index has. @return how many rows that were */
  private def takeAdded(name: String, writer: SearchIndex, its: IndexFill): (IndexFill, Long) = {
    table.reader.refresh()
    val snapshot = table.reader.snapshot.toScala
    if (snapshot == its.since) (its, 0L)
    else {
      val rows = write(writer, table.readSince(its.since), _ => ())
      val next = its.copy(since = snapshot, rows = its.rows + rows)
      // First the tag: without it the snapshot may expire, and all rows come again.
      snapshot.foreach(keep)
      indexes.save(name, Some(next))
      (next, rows)
    }
  }

  /** Writes what only the table can bring of the records before the job wrote to this index. */
  private def close(name: String, writer: SearchIndex, filled: IndexFill): Rebuilt = {
    val its =
      if (filled.ends.isDefined) filled
      else {
        // After the swap: what is produced from here on, the job writes to this index.
        val (generation, offsets) = ends.now(report.waiting)
        filled.copy(isClosing = true, ends = Some(offsets), generation = generation)
      }
    indexes.save(name, Some(its))
    ends.awaitTable(its.generation, its.ends.get, report.waiting)
    takeAdded(name, writer, its)
    writer.refresh()
    // First the tag: a run that is killed in between leaves a note, which the next one follows.
    release()
    indexes.save(name, None)
    Rebuilt(name, written, unfit, example)
  }

  private def writerOfLive(name: String): SearchIndex =
    Option(search.lakeAlias).fold(writerOf(name, isAlias = false))(writerOf(_, isAlias = true))

  private def writerOf(target: String, isAlias: Boolean): SearchIndex =
    new SearchIndex(connection, target, isAlias, _.foreach(report.waiting), Some(timeout))

  /** @return how many rows were sent */
  private def write(writer: SearchIndex, read: (io.cryptodm.tables.rows.Row => Unit) => Unit, progress: Long => Unit): Long = {
    val documents = new QuoteDocument
    val full = mutable.ArrayBuffer.empty[Bulk]
    var builder = new Bulk.Builder
    var rows = 0L
    def send(): Unit = if (full.nonEmpty) {
      val refused = writer.write(full.toSeq, visible = false)
      refused.foreach(document => note(document.reason))
      full.clear()
      progress(rows)
    }
    read { row =>
      try {
        val its = table.rowOf(row)
        val lines = documents.bulkLines(its.bar, its.source, its.seenMicros, its.revision)
        if (!builder.hasRoomFor(1, lines.length)) {
          full += builder.result()
          builder = new Bulk.Builder
          if (full.size == BulksAtOnce) send()
        }
        builder.add(lines, 0, lines.length, -1, its.revision)
        rows += 1
        written += 1
      } catch {
        case e @ (_: IllegalArgumentException | _: ArithmeticException) => note(e.getMessage)
      }
    }
    if (!builder.isEmpty) full += builder.result()
    send()
    rows
  }

  private def note(reason: String): Unit = {
    unfit += 1
    example = Some(reason)
  }

  private def keep(snapshot: Long): Unit = mark(Optional.of(java.lang.Long.valueOf(snapshot)))

  private def release(): Unit = mark(Optional.empty[java.lang.Long])

  /** The tag keeps the snapshot, so that it is known what was added since. The job commits beside this. */
  private def mark(snapshot: Optional[java.lang.Long]): Unit =
    table.reader.mark(Map(Tag -> snapshot).asJava, Map.empty[String, Optional[String]].asJava)

  private def isDeclared(index: IndexState): Boolean =
    IndexState.differences(SearchConnection.Json.readTree(search.definition).path("mappings"), index.mappings).isEmpty
}

object IndexRebuild {

  /** On the snapshot of the table that an index is filled from. */
  val Tag = "cryptodm-index"

  /** How long the index may take nothing before a run gives up: the next one goes on. */
  val Timeout: Duration = Duration.ofMinutes(2)

  private val BulksAtOnce = 2
  private val MaxRounds = 10
  private val Little = 2000L

  private implicit final class ToOption(private val value: Optional[java.lang.Long]) extends AnyVal {
    def toScala: Option[Long] = if (value.isPresent) Some(value.get.longValue) else None
  }
}
