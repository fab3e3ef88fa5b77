package io.cryptodm.jobs

import java.io.IOException
import java.net.URI
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Path
import java.time.Duration
import java.util.Base64
import java.util.concurrent.{CompletableFuture, ExecutionException}

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.cryptodm.contracts.{Backoff, CredentialFile, Secret, Spec}

import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** A document that the index refuses for good, and why. */
final case class Refused(partition: Int, offset: Long, reason: String)

/**
 * The search index, written by bulk requests over HTTP.
 *
 * @param pauses called with the reason when the index stops answering, and with None when it answers again
 * @param secrets a field of a secret, by the secret's name and the field's
 */
final class SearchIndex(
    search: Spec.Search,
    pauses: Option[String] => Unit,
    environment: String => Option[String] = name => sys.env.get(name),
    secrets: String => String => String = name => Secret.read(name).field) {
  import SearchIndex._

  private val client = HttpClient.newBuilder.version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build()
  private val node = search.url.stripSuffix("/")

  /** By the alias that only this lake's index has: any other node refuses the request itself, before it writes. */
  private val base = URI.create(s"$node/${Option(search.lakeAlias).getOrElse(search.index)}")
  @volatile private var authorization = login()
  private var isPausing = false
  private var toldForeign = false

  private def login(): Option[String] = {
    val fromSecret = Option(search.secret).map(secrets).map(field => field("username") -> field("password"))
    val fromEnvironment = for {
      user <- Option(search.userEnv).flatMap(environment)
      password <- Option(search.passwordEnv).flatMap(environment)
    } yield user -> password
    val fromFile = Option(search.credentialFile).flatMap { file =>
      // Without it the index says what it asks for, and is asked again.
      try Some(CredentialFile.USER -> new CredentialFile(Path.of(file)).read()) catch { case _: IOException => None }
    }
    fromSecret.orElse(fromEnvironment).orElse(fromFile).map { case (user, password) =>
      "Basic " + Base64.getEncoder.encodeToString(s"$user:$password".getBytes(UTF_8))
    }
  }

  def exists(): Boolean =
    try client.send(request("").method("HEAD", BodyPublishers.noBody()).build(), BodyHandlers.discarding()).statusCode == 200
    catch { case _: IOException => false }

  /**
   * Writes all documents and makes them visible; waits while the index is unreachable or overloaded.
   *
   * @return the documents that can never be written; a document with an older revision than the indexed one counts as written
   */
  def write(bulks: Seq[Bulk]): Seq[Refused] = {
    val refused = Seq.newBuilder[Refused]
    val single = bulks.size == 1
    val waiting = mutable.Queue(bulks: _*)
    val underWay = mutable.Queue.empty[(Bulk, CompletableFuture[HttpResponse[Array[Byte]]])]
    var attempt = 0
    while (waiting.nonEmpty || underWay.nonEmpty) {
      while (waiting.nonEmpty && underWay.size < Parallel) {
        val bulk = waiting.dequeue()
        underWay.enqueue(bulk -> client.sendAsync(bulkRequest(bulk, refresh = single), BodyHandlers.ofByteArray()))
      }
      val (bulk, response) = underWay.dequeue()
      outcome(bulk, response) match {
        case Done(rejected) =>
          refused ++= rejected
          resumed()
          attempt = 0
        case Again(rest, rejected, reason) =>
          refused ++= rejected
          waiting.enqueue(rest)
          attempt += 1
          pause(attempt, reason)
      }
    }
    if (bulks.size > 1) refresh()
    refused.result()
  }

  private def refresh(): Unit = {
    var attempt = 0
    var done = false
    while (!done) {
      val failure =
        try {
          val status = client.send(request("/_refresh").POST(BodyPublishers.noBody()).build(), BodyHandlers.discarding()).statusCode
          if (status < 300) None else Some(s"refresh answered $status")
        } catch { case e: IOException => Some(describe(e)) }
      done = failure.isEmpty
      failure.foreach { reason =>
        attempt += 1
        pause(attempt, reason)
      }
    }
    resumed()
  }

  private def request(path: String): HttpRequest.Builder = {
    val builder = HttpRequest.newBuilder(URI.create(base.toString + path)).timeout(Duration.ofSeconds(60))
    authorization.foreach(builder.header("Authorization", _))
    builder
  }

  private def bulkRequest(bulk: Bulk, refresh: Boolean): HttpRequest =
    request(s"/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason${if (search.lakeAlias == null) "" else "&require_alias=true"}${if (refresh) "&refresh=true" else ""}")
      .header("Content-Type", "application/x-ndjson")
      .POST(BodyPublishers.ofByteArray(bulk.body))
      .build()

  private def outcome(bulk: Bulk, response: CompletableFuture[HttpResponse[Array[Byte]]]): Outcome =
    try {
      val answer = response.get()
      answer.statusCode match {
        case 200 =>
          val said = Json.readTree(answer.body)
          if (said.has("errors")) read(bulk, said) else Again(bulk, Nil, s"what answers is no Elasticsearch: ${excerpt(answer.body)}")
        case 413 if bulk.size > 1 => Again(bulk, Nil, "request too large")
        case 401 if search.secret != null || search.credentialFile != null =>
          // The password may have been changed since the start.
          authorization = login()
          val source = if (search.secret == null) search.credentialFile else s"the secret ${search.secret}"
          Again(bulk, Nil, s"the index does not accept the login of $source")
        case status => Again(bulk, Nil, s"bulk answered $status: ${excerpt(answer.body)}")
      }
    } catch {
      case e: ExecutionException => Again(bulk, Nil, describe(e.getCause))
      case e: IOException => Again(bulk, Nil, describe(e))
    }

  private def read(bulk: Bulk, answer: JsonNode): Outcome =
    if (!answer.path("errors").asBoolean) {
      Done(Nil)
    } else {
      val again = Vector.newBuilder[Int]
      val refused = Vector.newBuilder[Refused]
      var reason = ""
      answer.path("items").elements.asScala.zipWithIndex.foreach { case (item, i) =>
        val result = item.path("index")
        val status = result.path("status").asInt
        val error = s"${result.path("error").path("type").asText}: ${result.path("error").path("reason").asText}"
        if (status == 429 || status >= 500 || Standing.contains(status)) {
          again += i
          reason = s"$status $error"
        } else if (status >= 400 && status != Conflict) {
          refused += Refused(bulk.partitions(i), bulk.offsets(i), s"index: $error")
        }
      }
      val rest = again.result()
      if (rest.isEmpty) Done(refused.result()) else Again(bulk.only(rest), refused.result(), reason)
    }

  private def pause(attempt: Int, reason: String): Unit = {
    val foreign = meetsForeign()
    if (!isPausing || foreign != toldForeign) {
      isPausing = true
      toldForeign = foreign
      pauses(Some(if (foreign) s"what answers at ${search.url} is not the Elasticsearch of this lake" else reason))
    }
    if (attempt % AllocateEvery == 0 && reason.contains("unavailable_shards_exception")) allocateAgain()
    Thread.sleep(Retries.after(attempt).toMillis)
  }

  /** Elasticsearch gives up on a shard after five failures, as on a full disk, until a client asks for another attempt. Without the permission nothing is lost. */
  private def allocateAgain(): Unit = {
    val asked = HttpRequest.newBuilder(base.resolve("/_cluster/reroute?retry_failed=true&metric=none")).timeout(Duration.ofSeconds(10))
    authorization.foreach(asked.header("Authorization", _))
    try client.send(asked.POST(BodyPublishers.noBody()).build(), BodyHandlers.discarding())
    catch { case _: IOException => () }
  }

  /** Whether a node of another lake, or something else, answers. */
  private def meetsForeign(): Boolean = search.lakeAlias != null && (
    try {
      val asked = HttpRequest.newBuilder(URI.create(s"$node/")).timeout(Duration.ofSeconds(5))
      authorization.foreach(asked.header("Authorization", _))
      val answer = client.send(asked.build(), BodyHandlers.ofByteArray())
      val lake = try Json.readTree(answer.body).path("lake").asText("") catch { case _: IOException => "" }
      !search.means(lake)
    } catch { case _: IOException => false })

  private def resumed(): Unit = if (isPausing) {
    isPausing = false
    toldForeign = false
    pauses(None)
  }
}

object SearchIndex {
  private val Parallel = 2
  private val Retries = Backoff.withoutJitter(Duration.ofMillis(100), Duration.ofSeconds(5))

  /** Attempts between two requests to allocate a failed shard. */
  private val AllocateEvery = 3

  /** A higher revision is indexed. */
  private val Conflict = 409

  /** Errors of the whole index that a person must fix: no login, no permission, no index, blocked for writes. */
  private val Standing = Set(401, 403, 404)

  private val Json = new ObjectMapper

  private sealed trait Outcome
  private final case class Done(refused: Seq[Refused]) extends Outcome
  private final case class Again(rest: Bulk, refused: Seq[Refused], reason: String) extends Outcome

  private def describe(e: Throwable): String = s"${e.getClass.getSimpleName}${Option(e.getMessage).fold("")(": " + _)}"

  private def excerpt(body: Array[Byte]): String = new String(body, UTF_8).take(300)
}
