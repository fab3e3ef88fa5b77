package io.cryptodm.jobs

import java.io.IOException
import java.net.http.HttpResponse
import java.nio.charset.StandardCharsets.UTF_8
import java.time.Duration
import java.util.concurrent.{CompletableFuture, ExecutionException}

import com.fasterxml.jackson.databind.JsonNode
import io.cryptodm.contracts.Backoff

import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** A document that the index refuses for what it holds, and why. */
final case class Refused(partition: Int, offset: Long, reason: String)

/** The index has taken no document for longer than the writer waits. */
final class IndexAway(message: String) extends RuntimeException(message)

/**
 * The search index, written by bulk requests over HTTP.
 *
 * A document is refused for what it holds only if the index is known to be open, to take writes and to have the declared mapping, before and after the
 * attempt. Every other answer is about the index, the cluster or the login: the documents are sent again for as long as it takes.
 *
 * @param target name of the index, or an alias
 * @param isAlias whether it must be an alias: then a node without it refuses the request itself, before it writes
 * @param pauses called with the reason when the index stops taking documents or when that changes, and with None when it goes on
 * @param timeout how long it may take no document
 */
final class SearchIndex(
    connection: SearchConnection,
    target: String,
    isAlias: Boolean,
    pauses: Option[String] => Unit,
    timeout: Option[Duration] = None) {
  import SearchIndex._

  private val look = new IndexLook(connection, target)
  private var told = Option.empty[String]
  private var pausingSince = 0L

  /**
   * Writes all documents; waits while the index takes none.
   *
   * @param visible makes them visible to searches, too
   * @return the documents that can never be written; a document with an older revision than the indexed one counts as written
   * @throws IndexAway after the timeout
   */
  def write(bulks: Seq[Bulk], visible: Boolean = true): Seq[Refused] = {
    val refused = Seq.newBuilder[Refused]
    val single = visible && bulks.size == 1
    val waiting = mutable.Queue(bulks: _*)
    val underWay = mutable.Queue.empty[(Bulk, CompletableFuture[HttpResponse[Array[Byte]]])]
    var attempt = 0
    while (waiting.nonEmpty || underWay.nonEmpty) {
      while (waiting.nonEmpty && underWay.size < Parallel) {
        val bulk = waiting.dequeue()
        underWay.enqueue(bulk -> send(bulk, refresh = single))
      }
      val (bulk, response) = underWay.dequeue()
      val first = outcome(bulk, response)
      val last = if (first.suspects.isEmpty) first else judge(bulk, first, refresh = single)
      refused ++= last.refused
      if (last.again.isEmpty) {
        resumed()
        attempt = 0
      } else {
        waiting.enqueue(bulk.only(last.again))
        attempt += 1
        pause(attempt, last.reason)
      }
    }
    if (visible && bulks.size > 1) refresh()
    refused.result()
  }

  /**
   * Sends documents once, as a task does: it can't say why it waits.
   *
   * @return those that are not known to be written, to be given to `write`; after a failure nothing more is sent
   */
  def attempt(bulks: Seq[Bulk]): Seq[Bulk] = {
    val waiting = mutable.Queue(bulks: _*)
    val underWay = mutable.Queue.empty[(Bulk, CompletableFuture[HttpResponse[Array[Byte]]])]
    val left = Seq.newBuilder[Bulk]
    var failed = false
    while (underWay.nonEmpty || waiting.nonEmpty && !failed) {
      while (waiting.nonEmpty && !failed && underWay.size < Parallel) {
        val bulk = waiting.dequeue()
        underWay.enqueue(bulk -> send(bulk, refresh = false))
      }
      val (bulk, response) = underWay.dequeue()
      val its = outcome(bulk, response)
      val unwritten = (its.again ++ its.suspects.map(_._1)).sorted
      if (unwritten.nonEmpty) left += bulk.only(unwritten)
      failed ||= its.again.nonEmpty
    }
    left ++= waiting
    left.result()
  }

  /** Makes what was written visible to searches. */
  def refresh(): Unit = {
    var attempt = 0
    var done = false
    while (!done) {
      val failure =
        try {
          val answer = connection.ask("POST", s"/$target/_refresh")
          if (answer.isOk) None else Some(s"refresh answered ${answer.error}")
        } catch { case e: IOException => Some(SearchConnection.describe(e)) }
      done = failure.isEmpty
      failure.foreach { reason =>
        attempt += 1
        pause(attempt, reason)
      }
    }
    resumed()
  }

  private def send(bulk: Bulk, refresh: Boolean): CompletableFuture[HttpResponse[Array[Byte]]] = {
    val more = (if (isAlias) "&require_alias=true" else "") + (if (refresh) "&refresh=true" else "")
    connection.sendBulk(s"/$target/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason$more", bulk.body)
  }

  private def outcome(bulk: Bulk, response: CompletableFuture[HttpResponse[Array[Byte]]]): Outcome =
    try {
      val answer = response.get()
      if (answer.statusCode == 200) {
        val said = SearchConnection.parse(answer.body)
        if (said.has("errors")) read(bulk, said) else Outcome.all(bulk, s"what answers is no Elasticsearch: ${excerpt(answer.body)}")
      } else {
        if (answer.statusCode == 401) connection.renewLogin()
        Outcome.all(bulk, s"bulk answered ${answer.statusCode}: ${excerpt(answer.body)}")
      }
    } catch {
      case e: ExecutionException => Outcome.all(bulk, SearchConnection.describe(e.getCause))
      case e: IOException => Outcome.all(bulk, SearchConnection.describe(e))
    }

  private def read(bulk: Bulk, answer: JsonNode): Outcome = {
    val items = answer.path("items")
    if (!answer.path("errors").asBoolean) Outcome(Nil, Nil, Nil, "")
    else if (items.size != bulk.size) Outcome.all(bulk, s"${items.size} answers to ${bulk.size} documents")
    else {
      val again = Vector.newBuilder[Int]
      val suspects = Vector.newBuilder[(Int, String)]
      var reason = ""
      items.elements.asScala.zipWithIndex.foreach { case (item, i) =>
        val result = item.path("index")
        val status = result.path("status").asInt
        val (kind, said) = (result.path("error").path("type").asText, result.path("error").path("reason").asText)
        if (blamesDocument(status, kind, said)) suspects += i -> s"index: $kind: $said"
        else if (!isWritten(status, kind)) {
          again += i
          reason = s"$status $kind: $said"
        }
      }
      Outcome(again.result(), suspects.result(), Nil, reason)
    }
  }

  /**
   * Finds out whether documents are refused for what they hold: they are sent once more, and before and after that the same index must be without a
   * fault. Else a mapping that was just replaced would count as their fault.
   */
  private def judge(bulk: Bulk, first: Outcome, refresh: Boolean): Outcome = {
    val (indexes, reasons) = first.suspects.unzip
    def undecided(reason: String) = Outcome(first.again ++ indexes, Nil, Nil, reason)
    if (!look.comparesMapping) undecided(s"${reasons.head} (the spec names no mapping to compare with)")
    else
      look.look() match {
        case Left(fault) => undecided(fault.fold(reasons.head)(_.toString))
        case Right(before) =>
          val suspects = bulk.only(indexes)
          val second = outcome(suspects, send(suspects, refresh))
          look.look() match {
            case Right(after) if after.uuid == before.uuid && after.mappings == before.mappings =>
              val refused = second.suspects.map { case (i, reason) => Refused(suspects.partitions(i), suspects.offsets(i), reason) }
              Outcome(first.again ++ second.again.map(indexes), Nil, refused, if (second.reason.isEmpty) first.reason else second.reason)
            case _ => undecided(reasons.head)
          }
      }
  }

  private def pause(attempt: Int, reason: String): Unit = {
    val now = System.nanoTime()
    if (told.isEmpty) pausingSince = now
    val named =
      if (connection.meetsForeign()) connection.foreign
      else look.look().left.toOption.flatten.fold(reason)(_.toString)
    if (!told.contains(named)) {
      told = Some(named)
      pauses(told)
    }
    if (timeout.exists(now - pausingSince > _.toNanos)) throw new IndexAway(named)
    if (attempt % AllocateEvery == 0 && reason.contains("unavailable_shards_exception")) allocateAgain()
    Thread.sleep(Retries.after(attempt).toMillis)
  }

  /** Elasticsearch gives up on a shard after five failures, as on a full disk, until a client asks for another attempt. Without the permission nothing is lost. */
  private def allocateAgain(): Unit =
    try connection.ask("POST", "/_cluster/reroute?retry_failed=true&metric=none")
    catch { case _: IOException => () }

  private def resumed(): Unit = if (told.isDefined) {
    told = None
    pauses(None)
  }
}

object SearchIndex {
  private val Parallel = 2
  private val Retries = Backoff.withoutJitter(Duration.ofMillis(100), Duration.ofSeconds(5))

  /** Attempts between two requests to allocate a failed shard. */
  private val AllocateEvery = 3

  /** The index that the jobs of a lake write to: by the alias that only this lake's index has, where there is one. */
  def ofLake(connection: SearchConnection, pauses: Option[String] => Unit): SearchIndex = {
    val alias = Option(connection.search.lakeAlias)
    new SearchIndex(connection, alias.getOrElse(connection.search.index), isAlias = alias.isDefined, pauses)
  }

  /** A conflict means that a higher revision is indexed. */
  private def isWritten(status: Int, kind: String): Boolean =
    status >= 200 && status < 300 || status == 409 && (kind.isEmpty || kind == "version_conflict_engine_exception")

  /** Errors that a value of a document can cause. That a field is unknown is never one: every document has the declared fields. */
  private def blamesDocument(status: Int, kind: String, reason: String): Boolean =
    status == 400 && (Parsing.contains(kind) || kind == "illegal_argument_exception" && reason.contains("immense term"))

  private val Parsing = Set("document_parsing_exception", "mapper_parsing_exception")

  /**
   * What became of the documents of a bulk; those that are not named are written.
   *
   * @param again places of those that are to be sent again
   * @param suspects places of those that may be refused for what they hold, with the reason
   * @param reason why some are to be sent again
   */
  private final case class Outcome(again: Seq[Int], suspects: Seq[(Int, String)], refused: Seq[Refused], reason: String)

  private object Outcome {
    def all(bulk: Bulk, reason: String): Outcome = Outcome(0 until bulk.size, Nil, Nil, reason)
  }

  private def excerpt(body: Array[Byte]): String = new String(body, UTF_8).take(300)
}
