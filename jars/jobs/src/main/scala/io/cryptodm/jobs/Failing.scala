package io.cryptodm.jobs

import java.time.Instant

import com.fasterxml.jackson.core.JsonGenerator
import com.fasterxml.jackson.databind.ObjectMapper

import scala.util.Try

/**
 * Failures of a job for one reason, without a success between them.
 *
 * @param since when the first was
 */
private[jobs] final case class Failing(count: Long, since: Instant, reason: String) {

  def write(out: JsonGenerator): Unit = {
    out.writeObjectFieldStart("failing")
    out.writeNumberField("count", count)
    out.writeStringField("since", since.toString)
    out.writeStringField("reason", reason)
    out.writeEndObject()
  }
}

private[jobs] object Failing {
  private val Json = new ObjectMapper

  /** One more failure; another reason begins at one again. */
  def again(before: Option[Failing], reason: String): Failing =
    before.filter(its => essence(its.reason) == essence(reason)) match {
      case Some(its) => its.copy(count = its.count + 1, reason = reason)
      case None => Failing(1, Instant.now(), reason)
    }

  /** Numbers and ids change from one failure to the next. */
  private def essence(reason: String): String = reason.replaceAll("[0-9a-fA-F]{8}[0-9a-fA-F-]*|[0-9]+", "#")

  /** From the JSON of a job's progress; None without one that can be read. */
  def parse(progress: String): Option[Failing] =
    for {
      node <- Try(Json.readTree(progress).path("failing")).toOption
      since <- Try(Instant.parse(node.path("since").asText)).toOption
    } yield Failing(node.path("count").asLong, since, node.path("reason").asText)
}
