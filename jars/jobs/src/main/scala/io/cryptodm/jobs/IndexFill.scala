package io.cryptodm.jobs

import java.time.{Instant, LocalDate}

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.node.ObjectNode

import scala.jdk.CollectionConverters._

/**
 * How far an index has been filled from the table. The index holds it itself, so that one is never without the other.
 *
 * @param isClosing all rows of `since` are there; what the old index alone had, the table brings once it holds the topic up to `ends`
 * @param since snapshot of the table that everything is compared with; None before the first look, or where the table was empty
 * @param below day from which on all rows are there
 * @param rows written so far
 * @param of rows that the table had at the beginning
 * @param ends next offset of each partition when the index had begun to get every new record; None until then
 * @param generation of the topic at that time
 */
final case class IndexFill(
    isClosing: Boolean = false,
    since: Option[Long] = None,
    below: Option[LocalDate] = None,
    rows: Long = 0,
    of: Long = 0,
    ends: Option[Map[Int, Long]] = None,
    generation: Long = 0) {

  def toJson: ObjectNode = {
    val node = SearchConnection.Json.createObjectNode().put("phase", if (isClosing) "closing" else "filling")
    // A text, because a snapshot's number exceeds what JavaScript holds.
    since.foreach(id => node.put("since", id.toString))
    below.foreach(day => node.put("below", day.toString))
    node.put("rows", rows).put("of", of)
    ends.foreach { its =>
      val offsets = node.putObject("ends")
      its.toSeq.sorted.foreach { case (partition, end) => offsets.put(partition.toString, end) }
      node.put("generation", generation)
    }
    node.put("at", Instant.now().toString)
  }
}

object IndexFill {

  /** What a mapping says; None for an index that needs nothing. */
  def of(mappings: JsonNode): Option[IndexFill] = {
    val node = mappings.path("_meta").path("cryptodm").path("fill")
    if (!node.isObject) None
    else {
      def text(field: String) = Option(node.path(field).asText("")).filter(_.nonEmpty)
      Some(IndexFill(
        node.path("phase").asText == "closing",
        text("since").map(_.toLong),
        text("below").map(LocalDate.parse(_)),
        node.path("rows").asLong,
        node.path("of").asLong,
        if (node.path("ends").isObject) Some(node.path("ends").fields.asScala.map(end => end.getKey.toInt -> end.getValue.asLong).toMap) else None,
        node.path("generation").asLong))
    }
  }
}
