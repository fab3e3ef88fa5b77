package io.cryptodm.jobs

import java.net.InetSocketAddress
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files
import java.util.concurrent.ConcurrentLinkedQueue

import com.fasterxml.jackson.databind.ObjectMapper
import com.sun.net.httpserver.{HttpExchange, HttpServer}
import io.cryptodm.contracts.Generations
import io.cryptodm.contracts.Spec
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class SearchIndexTest extends AnyFunSuite {
  import TestTopic._

  private val Json = new ObjectMapper

  /** An index that gives the scripted answers, one each, and accepts everything after them. */
  private final class IndexDouble(answers: Seq[(Int, String)]) {
    val requests = new ConcurrentLinkedQueue[(String, String)]
    val logins = new ConcurrentLinkedQueue[String]
    private val left = scala.collection.mutable.Queue(answers: _*)
    private val server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0)
    server.createContext("/", (exchange: HttpExchange) => {
      val body = new String(exchange.getRequestBody.readAllBytes(), UTF_8)
      Option(exchange.getRequestHeaders.getFirst("Authorization")).foreach(logins.add)
      requests.add(exchange.getRequestURI.toString -> body)
      val (status, text) = synchronized(if (left.isEmpty) 200 -> """{"errors":false}""" else left.dequeue())
      exchange.sendResponseHeaders(status, text.getBytes(UTF_8).length)
      exchange.getResponseBody.write(text.getBytes(UTF_8))
      exchange.close()
    })
    server.start()

    val search = new Spec.Search(s"http://127.0.0.1:${server.getAddress.getPort}", "crypto_quote", "CRYPTO_QUOTE", null, null, null, null, null)
    def bulks: Seq[String] = requests.asScala.toSeq.collect { case (uri, body) if uri.contains("_bulk") => body }
    def stop(): Unit = server.stop(0)
  }

  private def withIndex[T](answers: (Int, String)*)(use: (IndexDouble, SearchIndex, () => Seq[Option[String]]) => T): T = {
    val double = new IndexDouble(answers)
    var pauses = Seq.empty[Option[String]]
    try use(double, new SearchIndex(double.search, state => pauses :+= state), () => pauses)
    finally double.stop()
  }

  private def bulk(offsets: Int*): Bulk =
    DocumentSlice.build(offsets.iterator.map(i => record(bar("BTC/USD", "7", f"2025-07-08T12:$i%02d:00Z"), i)), Generations.whole(1)).bulks.head

  private def answer(statuses: Int*): (Int, String) =
    200 -> statuses
      .map(status => if (status < 300) s"""{"index":{"status":$status}}""" else s"""{"index":{"status":$status,"error":{"type":"t$status","reason":"r"}}}""")
      .mkString("""{"errors":true,"items":[""", ",", "]}")

  test("a small batch is one request that refreshes") {
    withIndex() { (double, index, _) =>
      assert(index.write(Seq(bulk(0, 1))).isEmpty)
      assert(double.requests.size == 1)
      assert(double.requests.peek._1.contains("refresh=true"))
    }
  }

  test("a shard that failed too often is allocated again, and the documents follow") {
    val missing = 200 -> """{"errors":true,"items":[{"index":{"status":503,"error":{"type":"unavailable_shards_exception","reason":"primary shard is not active"}}}]}"""
    withIndex(missing, missing, missing) { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0))).isEmpty)
      val asked = double.requests.asScala.toSeq.map(_._1)
      assert(asked.count(_.contains("_bulk")) == 4)
      assert(asked.count(_ == "/_cluster/reroute?retry_failed=true&metric=none") == 1)
      assert(pauses().map(_.isDefined) == Seq(true, false))
    }
  }

  test("several bulks are followed by one refresh") {
    withIndex() { (double, index, _) =>
      index.write(Seq(bulk(0), bulk(1), bulk(2)))
      assert(double.bulks.size == 3)
      assert(double.requests.asScala.toSeq.last._1.endsWith("/_refresh"))
    }
  }

  test("an older revision than the indexed one is no failure") {
    withIndex(answer(200, 409)) { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0, 1))).isEmpty)
      assert(double.bulks.size == 1 && pauses().isEmpty)
    }
  }

  test("a document that does not fit is refused, the others are indexed") {
    withIndex(answer(200, 400, 201)) { (double, index, _) =>
      assert(index.write(Seq(bulk(0, 1, 2))) == Seq(Refused(0, 1, "index: t400: r")))
      assert(double.bulks.size == 1)
    }
  }

  test("only documents that met a full queue are sent again") {
    withIndex(answer(200, 429, 200), answer(503)) { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0, 1, 2))).isEmpty)
      assert(double.bulks.map(_.linesIterator.size) == Seq(6, 2, 2))
      assert(double.bulks(1).contains("BTC-USD-2025-07-08T12:01:00Z"))
      assert(pauses().size == 2 && pauses().head.exists(_.contains("429")) && pauses().last.isEmpty)
    }
  }

  test("an index that fails as a whole is waited for") {
    withIndex(502 -> "bad gateway", 404 -> "no such index") { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0))).isEmpty)
      assert(double.bulks.size == 3)
      assert(pauses().map(_.isDefined) == Seq(true, false))
    }
  }

  private val missing = 200 -> """{"errors":true,"items":[{"index":{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index [lake-mine] and [require_alias] request flag is [true]"}}}]}"""

  private def ofLake(double: IndexDouble): Spec.Search =
    new Spec.Search(double.search.url, "crypto_quote", "CRYPTO_QUOTE", "lake-mine", null, null, null, null)

  test("the node of another lake is named and waited out, and the documents follow") {
    val double = new IndexDouble(Seq(missing, 200 -> """{"lake":"other"}""", missing, 200 -> """{"lake":"mine"}"""))
    var pauses = Seq.empty[Option[String]]
    try {
      assert(new SearchIndex(ofLake(double), state => pauses :+= state).write(Seq(bulk(0))).isEmpty)
      val asked = double.requests.asScala.toSeq.map(_._1)
      assert(asked.filter(_.contains("_bulk")).forall(uri => uri.startsWith("/lake-mine/_bulk") && uri.contains("require_alias=true")))
      assert(double.bulks.size == 3)
      assert(pauses.head.contains(s"what answers at ${double.search.url} is not the Elasticsearch of this lake"))
      assert(pauses(1).exists(_.contains("404")) && pauses.last.isEmpty)
    } finally double.stop()
  }

  test("an answer that no bulk request gets is none") {
    withIndex(200 -> "{}", 200 -> "<html>") { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0))).isEmpty)
      assert(double.bulks.size == 3 && pauses().head.exists(_.contains("no Elasticsearch")))
    }
  }

  test("the login comes from the secret, which is read again when the index refuses it") {
    val double = new IndexDouble(Seq(401 -> "{}"))
    val passwords = scala.collection.mutable.Queue("old", "new")
    val search = new Spec.Search(double.search.url, "crypto_quote", "CRYPTO_QUOTE", null, "NOBODY", "NOTHING", "acme/elasticsearch", null)
    val secrets = (name: String) => {
      val password = passwords.dequeue()
      Map("username" -> name, "password" -> password)
    }
    try {
      val index = new SearchIndex(search, _ => (), _ => Some("from the environment"), secrets)
      assert(index.write(Seq(bulk(0))).isEmpty)
      val sent = double.logins.asScala.toSeq.map(login => new String(java.util.Base64.getDecoder.decode(login.stripPrefix("Basic ")), UTF_8))
      assert(sent == Seq("acme/elasticsearch:old", "acme/elasticsearch:new"))
    } finally double.stop()
  }

  test("the login of a lake on this machine is in a file, which is read again when the index refuses it") {
    val double = new IndexDouble(Seq(401 -> "{}", 401 -> "{}"))
    val file = Files.createTempFile("credential", "")
    val search = new Spec.Search(double.search.url, "crypto_quote", "CRYPTO_QUOTE", null, null, null, null, file.toString)
    try {
      Files.writeString(file, "the-token-of-before\n")
      val index = new SearchIndex(search, state => if (state.isDefined) Files.writeString(file, "the-token-of-now-12"))
      assert(index.write(Seq(bulk(0))).isEmpty)
      val sent = double.logins.asScala.toSeq.map(login => new String(java.util.Base64.getDecoder.decode(login.stripPrefix("Basic ")), UTF_8))
      assert(sent == Seq("the-token-of-before", "the-token-of-before", "the-token-of-now-12").map("cryptodm:" + _))
    } finally {
      double.stop()
      Files.delete(file)
    }
  }

  test("coverage is no document") {
    val slice = DocumentSlice.build(Iterator(record(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:01:00Z"), 5)), Generations.whole(1))
    assert(slice.bulks.isEmpty && slice.counts.map(_.last) == Vector(5L))
  }

  test("the last revision of a document is sent once, with an external version") {
    val slice = DocumentSlice.build(Iterator(record(bar("BTC/USD", "7"), 5), record(bar("BTC/USD", "6.50"), 6), record("bad", 7)), Generations.whole(2))
    val lines = new String(slice.bulks.head.body, UTF_8).linesIterator.toSeq
    assert(lines.size == 2)
    val action = Json.readTree(lines.head).path("index")
    assert(action.path("_id").asText == "BTC-USD-2025-07-08T12:00:00Z")
    assert(action.path("version").asLong == (2L << 40) + 6)
    assert(action.path("version_type").asText == "external_gte")
    val document = Json.readTree(lines(1))
    assert(lines(1).contains("\"price_crypto\":6.5,"))
    assert(document.path("end_window").asText == "2025-07-08T12:01:00Z")
    assert(document.path("seen_at").asText == "2025-07-08T12:05:30Z")
    assert(slice.counts == Vector(PartitionCount(0, 3, 5, 7, Produced.toEpochMilli * 1000)))
  }

  test("where a topic has lost records, the version is that of the record's own generation") {
    val lost = new Generations(java.util.List.of(
      new Generations.Begin(1, java.util.Map.of()),
      new Generations.Begin(2, java.util.Map.of(Integer.valueOf(0), java.lang.Long.valueOf(6L)))))
    val slice = DocumentSlice.build(Iterator(record(bar("BTC/USD", "7"), 5), record(bar("ETH/USD", "7"), 6)), lost)
    val versions = new String(slice.bulks.head.body, UTF_8).linesIterator.filter(_.contains("\"index\"")).map(Json.readTree(_).path("index").path("version").asLong)
    assert(versions.toSeq == Seq((1L << 40) + 5, (2L << 40) + 6))
  }
}
