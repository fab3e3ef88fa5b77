package io.cryptodm.jobs

import java.io.IOException
import java.net.URI
import java.net.http.HttpRequest.{BodyPublisher, BodyPublishers}
import java.net.http.HttpResponse.BodyHandlers
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Path
import java.time.Duration
import java.util.Base64
import java.util.concurrent.CompletableFuture

import com.fasterxml.jackson.databind.node.MissingNode
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.cryptodm.contracts.{CredentialFile, Secret, Spec}

/** What Elasticsearch answered. @param json missing for a body that is none */
final case class SearchAnswer(status: Int, json: JsonNode) {
  def isOk: Boolean = status >= 200 && status < 300

  /** The error as a person reads it. */
  def error: String = {
    val its = json.path("error")
    if (its.has("type")) s"$status ${its.path("type").asText}: ${its.path("reason").asText}" else s"$status ${json.toString.take(300)}"
  }
}

/**
 * Every request of the JVM side to Elasticsearch: its client, and the login.
 *
 * @param secrets a field of a secret, by the secret's name and the field's
 */
final class SearchConnection(
    val search: Spec.Search,
    environment: String => Option[String] = name => sys.env.get(name),
    secrets: String => String => String = name => Secret.read(name).field) {
  import SearchConnection._

  private val client = HttpClient.newBuilder.version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build()
  private val node = search.url.stripSuffix("/")
  @volatile private var authorization = login()

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

  /** Reads the login again: it may have been changed since. */
  def renewLogin(): Unit = authorization = login()

  /** Sends a bulk request. @param path such as `/crypto_quote/_bulk` */
  def sendBulk(path: String, body: Array[Byte]): CompletableFuture[HttpResponse[Array[Byte]]] =
    client.sendAsync(request("POST", path, BodyPublishers.ofByteArray(body), "application/x-ndjson", BulkTimeout), BodyHandlers.ofByteArray())

  /**
   * Asks, with a JSON body if one is given.
   *
   * @throws IOException when nothing answers within a minute
   */
  def ask(method: String, path: String, body: String = null): SearchAnswer = {
    val publisher = if (body == null) BodyPublishers.noBody() else BodyPublishers.ofString(body)
    val answer = client.send(request(method, path, publisher, "application/json", AskTimeout), BodyHandlers.ofByteArray())
    SearchAnswer(answer.statusCode, parse(answer.body))
  }

  private def request(method: String, path: String, body: BodyPublisher, content: String, timeout: Duration): HttpRequest = {
    val builder = HttpRequest.newBuilder(URI.create(node + path)).timeout(timeout).method(method, body)
    if (body.contentLength != 0) builder.header("Content-Type", content)
    authorization.foreach(builder.header("Authorization", _))
    builder.build()
  }

  /** Whether a node of another lake, or something else, answers. */
  def meetsForeign(): Boolean = search.lakeAlias != null && (
    try !search.means(ask("GET", "/").json.path("lake").asText(""))
    catch { case _: IOException => false })

  /** What a person reads when another node answers. */
  def foreign: String = s"what answers at ${search.url} is not the Elasticsearch of this lake"
}

object SearchConnection {
  private val BulkTimeout = Duration.ofSeconds(60)
  private val AskTimeout = Duration.ofSeconds(60)
  private[jobs] val Json = new ObjectMapper

  /** The JSON of a body; missing where it is none. */
  private[jobs] def parse(body: Array[Byte]): JsonNode =
    try Option(Json.readTree(body)).getOrElse(MissingNode.getInstance)
    catch { case _: IOException => MissingNode.getInstance }

  private[jobs] def describe(e: Throwable): String = s"${e.getClass.getSimpleName}${Option(e.getMessage).fold("")(": " + _)}"
}
