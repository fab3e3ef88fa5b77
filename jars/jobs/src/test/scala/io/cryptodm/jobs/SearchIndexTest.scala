package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.time.Duration
import java.util.{ArrayList, Collections}

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import io.cryptodm.contracts.{Generations, Spec}
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class SearchIndexTest extends AnyFunSuite {
  import TestTopic._

  private val Json = new ObjectMapper
  private val definition = Spec.parse(Files.readString(Path.of("../../test/fixtures/spec/lake.json"))).search.definition
  private val mappings = Json.readTree(definition).path("mappings")

  /** An index as declared, and what its writer tells. */
  private def withIndex[T](answers: (Int, String)*)(use: (SmallSearch, SearchIndex, () => Seq[Option[String]]) => T): T = {
    val double = new SmallSearch
    double.make("crypto_quote", mappings, "CRYPTO_QUOTE")
    double.scripted ++= answers
    val pauses = Collections.synchronizedList(new ArrayList[Option[String]])
    try use(double, SearchIndex.ofLake(new SearchConnection(double.search(definition)), pauses.add(_)), () => pauses.asScala.toSeq)
    finally double.stop()
  }

  private def bulk(offsets: Int*): Bulk =
    DocumentSlice.build(offsets.iterator.map(i => record(bar("BTC/USD", "7", f"2025-07-08T12:$i%02d:00Z"), i)), Generations.whole(1)).bulks.head

  private def answer(statuses: Int*): (Int, String) =
    200 -> statuses
      .map(status => if (status < 300) s"""{"index":{"status":$status}}""" else s"""{"index":{"status":$status,"error":{"type":"t$status","reason":"r"}}}""")
      .mkString("""{"errors":true,"items":[""", ",", "]}")

  /** Writes beside a fault that ends once it has been named. */
  private def writeThrough(double: SmallSearch, index: SearchIndex, pauses: () => Seq[Option[String]], bulks: Seq[Bulk])(end: => Unit): Seq[Refused] = {
    var ended = false
    double.onBulk = () => if (!ended && double.bulks.size >= 3) {
      ended = true
      end
    }
    val refused = index.write(bulks)
    assert(pauses().head.isDefined && pauses().last.isEmpty)
    refused
  }

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

  test("several bulks are followed by one refresh, or by none") {
    withIndex() { (double, index, _) =>
      index.write(Seq(bulk(0), bulk(1), bulk(2)))
      assert(double.bulks.size == 3)
      assert(double.requests.asScala.toSeq.last._1.endsWith("/_refresh"))
      index.write(Seq(bulk(3)), visible = false)
      assert(!double.requests.asScala.toSeq.last._1.contains("refresh"))
    }
  }

  test("an older revision than the indexed one is no failure") {
    withIndex() { (double, index, pauses) =>
      assert(index.write(Seq(bulk(1))).isEmpty)
      val documents = double.indexes("crypto_quote").documents
      documents.keys.toSeq.foreach(id => documents.put(id, documents(id).copy(_1 = Long.MaxValue)))
      assert(index.write(Seq(bulk(0, 1))).isEmpty)
      assert(double.bulks.size == 2 && pauses().isEmpty)
    }
  }

  test("a document whose value does not fit into the declared mapping is refused, the others are indexed") {
    val large = TopicRecord(0, 1, Produced.toEpochMilli * 1000, null, bar("BTC/USD", "7", "2025-07-08T12:01:00Z").getBytes(UTF_8), "x" * 40000)
    val mixed = DocumentSlice.build(Iterator(record(bar("BTC/USD", "7"), 0), large), Generations.whole(1)).bulks
    withIndex() { (double, index, pauses) =>
      val refused = index.write(mixed)
      assert(refused.map(its => its.partition -> its.offset) == Seq(0 -> 1L))
      assert(refused.head.reason.startsWith("index: document_parsing_exception: "))
      assert(double.indexes("crypto_quote").documents.keySet == Set("BTC-USD-2025-07-08T12:00:00Z"))
      assert(pauses().isEmpty)
    }
  }

  test("a closed index is no fault of the documents: they wait, and nothing is refused") {
    withIndex() { (double, index, pauses) =>
      val its = double.indexes("crypto_quote")
      its.closed = true
      assert(writeThrough(double, index, pauses, Seq(bulk(0, 1)))(its.closed = false).isEmpty)
      assert(pauses().head.exists(_.startsWith("the index crypto_quote is closed. Run \"cryptodm up\"")))
      assert(its.documents.size == 2)
    }
  }

  test("nor is an index that takes no writes") {
    Seq("write", "read_only", "read_only_allow_delete").foreach { block =>
      withIndex() { (double, index, pauses) =>
        val its = double.indexes("crypto_quote")
        its.blocks = Set(block)
        assert(writeThrough(double, index, pauses, Seq(bulk(0)))(its.blocks = Set.empty).isEmpty)
        assert(pauses().head.exists(_.startsWith(s"the index crypto_quote takes no writes: index.blocks.$block")))
        assert(its.documents.size == 1)
      }
    }
  }

  test("nor is an index that is gone") {
    withIndex() { (double, index, pauses) =>
      double.indexes.clear()
      assert(writeThrough(double, index, pauses, Seq(bulk(0)))(double.make("crypto_quote", mappings, "CRYPTO_QUOTE")).isEmpty)
      assert(pauses().head.exists(_.startsWith("there is no index crypto_quote")))
      assert(double.indexes("crypto_quote").documents.size == 1)
    }
  }

  test("nor is a mapping that is not the declared one, although it refuses what the documents hold") {
    withIndex() { (double, index, pauses) =>
      val wrong = mappings.deepCopy[ObjectNode]()
      wrong.withObject("/properties").putObject("price_crypto").put("type", "date")
      double.make("crypto_quote", wrong, "CRYPTO_QUOTE")
      assert(writeThrough(double, index, pauses, Seq(bulk(0)))(double.make("crypto_quote", mappings, "CRYPTO_QUOTE")).isEmpty)
      assert(pauses().head.exists(_.startsWith("the mapping of the index crypto_quote is not the declared one: price_crypto is date instead of double")))
      assert(double.indexes("crypto_quote").documents.size == 1)
    }
  }

  test("a mapping that is put right between the refusal and the look is not the documents' fault either") {
    val parsing = 200 -> """{"errors":true,"items":[{"index":{"status":400,"error":{"type":"document_parsing_exception","reason":"of the index before"}}}]}"""
    withIndex(parsing) { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0))).isEmpty)
      assert(double.indexes("crypto_quote").documents.size == 1 && pauses().isEmpty)
    }
  }

  test("an unknown refusal is retried, as is one by a spec without a mapping") {
    withIndex(answer(200, 400, 418)) { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0, 1, 2))).isEmpty)
      assert(double.bulks.map(_.linesIterator.size) == Seq(6, 4))
      assert(pauses().map(_.isDefined) == Seq(true, false))
    }
    val double = new SmallSearch
    try {
      double.make("crypto_quote", mappings, "CRYPTO_QUOTE")
      double.scripted += 200 -> """{"errors":true,"items":[{"index":{"status":400,"error":{"type":"document_parsing_exception","reason":"r"}}}]}"""
      assert(SearchIndex.ofLake(new SearchConnection(double.search(null)), _ => ()).write(Seq(bulk(0))).isEmpty)
      assert(double.bulks.size == 2)
    } finally double.stop()
  }

  test("a writer with a timeout gives up with the reason") {
    withIndex() { (double, _, _) =>
      double.indexes("crypto_quote").closed = true
      val writer = new SearchIndex(new SearchConnection(double.search(definition)), "crypto_quote", isAlias = false, _ => (), Some(Duration.ofMillis(300)))
      val given = intercept[IndexAway](writer.write(Seq(bulk(0))))
      assert(given.getMessage.startsWith("the index crypto_quote is closed"))
    }
  }

  test("only documents that met a full queue are sent again") {
    withIndex(answer(200, 429, 200), 503 -> "busy") { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0, 1, 2))).isEmpty)
      assert(double.bulks.map(_.linesIterator.size) == Seq(6, 2, 2))
      assert(double.bulks(1).contains("BTC-USD-2025-07-08T12:01:00Z"))
      assert(pauses().head.exists(_.contains("429")) && pauses().last.isEmpty)
    }
  }

  test("an index that fails as a whole is waited for") {
    withIndex(502 -> "bad gateway", 404 -> "no such index") { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0))).isEmpty)
      assert(double.bulks.size == 3)
      assert(pauses().head.exists(_.contains("502")) && pauses().last.isEmpty)
    }
  }

  test("the node of another lake is named and waited out, and the documents follow") {
    val double = new SmallSearch("other")
    var pauses = Seq.empty[Option[String]]
    try {
      var own = false
      double.onBulk = () => if (!own && double.bulks.size == 3) {
        own = true
        double.lakeOf = "mine"
        double.make("crypto_quote", mappings, "CRYPTO_QUOTE", "lake-mine")
      }
      assert(SearchIndex.ofLake(new SearchConnection(double.search(definition, "lake-mine")), state => pauses :+= state).write(Seq(bulk(0))).isEmpty)
      val asked = double.requests.asScala.toSeq.map(_._1)
      assert(asked.filter(_.contains("_bulk")).forall(uri => uri.startsWith("/lake-mine/_bulk") && uri.contains("require_alias=true")))
      assert(pauses == Seq(Some(s"what answers at ${double.url} is not the Elasticsearch of this lake"), None))
      assert(double.indexes("crypto_quote").documents.size == 1)
    } finally double.stop()
  }

  test("an answer that no bulk request gets is none") {
    withIndex(200 -> "{}", 200 -> "<html>") { (double, index, pauses) =>
      assert(index.write(Seq(bulk(0))).isEmpty)
      assert(double.bulks.size == 3 && pauses().head.exists(_.contains("no Elasticsearch")))
    }
  }

  test("the login comes from the secret, which is read again when the index refuses it") {
    val double = new SmallSearch
    double.make("crypto_quote", mappings, "CRYPTO_QUOTE")
    double.scripted += 401 -> "{}"
    val passwords = scala.collection.mutable.Queue("old", "new")
    val secrets = (name: String) => {
      val password = passwords.dequeue()
      Map("username" -> name, "password" -> password)
    }
    try {
      val connection = new SearchConnection(double.search(definition, secret = "acme/elasticsearch"), _ => Some("from the environment"), secrets)
      assert(SearchIndex.ofLake(connection, _ => ()).write(Seq(bulk(0))).isEmpty)
      val sent = double.logins.asScala.toSeq.map(login => new String(java.util.Base64.getDecoder.decode(login.stripPrefix("Basic ")), UTF_8))
      assert(sent.distinct == Seq("acme/elasticsearch:old", "acme/elasticsearch:new"))
    } finally double.stop()
  }

  test("the login of a lake on this machine is in a file, which is read again when the index refuses it") {
    val double = new SmallSearch
    double.make("crypto_quote", mappings, "CRYPTO_QUOTE")
    double.scripted ++= Seq(401 -> "{}", 401 -> "{}")
    val file = Files.createTempFile("credential", "")
    try {
      Files.writeString(file, "the-token-of-before\n")
      val connection = new SearchConnection(double.search(definition, credentialFile = file.toString))
      val index = SearchIndex.ofLake(connection, state => if (state.isDefined) Files.writeString(file, "the-token-of-now-12"))
      assert(index.write(Seq(bulk(0))).isEmpty)
      val sent = double.logins.asScala.toSeq.map(login => new String(java.util.Base64.getDecoder.decode(login.stripPrefix("Basic ")), UTF_8))
      assert(sent.distinct == Seq("the-token-of-before", "the-token-of-now-12").map("cryptodm:" + _))
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
