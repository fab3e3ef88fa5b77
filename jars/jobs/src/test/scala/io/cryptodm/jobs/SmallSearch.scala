package io.cryptodm.jobs

import java.net.{InetSocketAddress, URI}
import java.nio.charset.StandardCharsets.UTF_8
import java.util.concurrent.{ConcurrentLinkedQueue, Executors}

import com.fasterxml.jackson.databind.node.ObjectNode
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import com.sun.net.httpserver.{HttpExchange, HttpServer}
import io.cryptodm.contracts.Spec

import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** An index as Elasticsearch holds it: documents by id, with their external versions. */
final class SmallIndex(val name: String, var mappings: ObjectNode) {
  val uuid: String = java.util.UUID.randomUUID.toString
  val aliases = mutable.Set.empty[String]
  val documents = mutable.Map.empty[String, (Long, JsonNode)]
  var closed = false
  var blocks = Set.empty[String]
}

/**
 * What the jobs need of Elasticsearch, at the wire: indexes, aliases, bulk requests with external versions, and the errors that Elasticsearch 8.19 gives.
 *
 * @param lakeOf what `GET /` says, or the empty text
 */
final class SmallSearch(var lakeOf: String = "") {
  private val Json = new ObjectMapper
  val indexes = mutable.LinkedHashMap.empty[String, SmallIndex]
  val requests = new ConcurrentLinkedQueue[(String, String)]
  val logins = new ConcurrentLinkedQueue[String]

  /** Answers to the next bulk requests, instead of what they would get. */
  val scripted = mutable.Queue.empty[(Int, String)]

  /** Coins whose documents do not fit, whatever they hold. */
  @volatile var unfit = Set.empty[String]

  /** Called with each bulk request, before it is answered. */
  var onBulk: () => Unit = () => ()

  /** Called with each request, as `METHOD /path`, before it is answered; what it throws cuts the connection. */
  var onRequest: String => Unit = (_: String) => ()

  private val server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0)
  server.createContext("/", (exchange: HttpExchange) => {
    val body = new String(exchange.getRequestBody.readAllBytes(), UTF_8)
    Option(exchange.getRequestHeaders.getFirst("Authorization")).foreach(logins.add)
    val uri = exchange.getRequestURI
    requests.add(uri.toString -> body)
    try {
      onRequest(s"${exchange.getRequestMethod} ${uri.getPath}")
      val (status, text) = SmallSearch.this.synchronized(answer(exchange.getRequestMethod, uri, body))
      exchange.sendResponseHeaders(status, text.getBytes(UTF_8).length)
      exchange.getResponseBody.write(text.getBytes(UTF_8))
    } finally exchange.close()
  })
  // A request may be made while another one is answered.
  private val threads = Executors.newCachedThreadPool()
  server.setExecutor(threads)
  server.start()

  val url: String = s"http://127.0.0.1:${server.getAddress.getPort}"

  def stop(): Unit = {
    server.stop(0)
    threads.shutdownNow()
  }

  /** @param lakeAlias null where there is none */
  def search(definition: String, lakeAlias: String = null, secret: String = null, credentialFile: String = null): Spec.Search =
    new Spec.Search(url, "crypto_quote", "CRYPTO_QUOTE", lakeAlias, null, null, secret, credentialFile, definition)

  def make(name: String, mappings: JsonNode, aliases: String*): SmallIndex = synchronized {
    val index = new SmallIndex(name, mappings.deepCopy[ObjectNode]())
    index.aliases ++= aliases
    indexes.put(name, index)
    index
  }

  def bulks: Seq[String] = requests.asScala.toSeq.collect { case (uri, body) if uri.contains("_bulk") => body }

  /** The index that a name or an alias leads to. */
  def find(name: String): Option[SmallIndex] = indexes.get(name).orElse(indexes.values.find(_.aliases.contains(name)))

  private def answer(method: String, uri: URI, body: String): (Int, String) = {
    val parts = uri.getPath.stripPrefix("/").split("/").toSeq
    (method, parts) match {
      case ("GET", Seq("")) => 200 -> (if (lakeOf.isEmpty) """{"tagline":"You Know, for Search"}""" else s"""{"lake":"$lakeOf"}""")
      case ("POST", Seq("_aliases")) => swap(Json.readTree(body))
      case ("POST", Seq("_cluster", "reroute")) => 200 -> "{}"
      case ("GET", Seq(names)) =>
        val found = names.split(",").toSeq.flatMap(name => if (name.endsWith("*")) indexes.values.filter(_.name.startsWith(name.init)).toSeq else find(name).toSeq).distinct
        if (found.isEmpty && !uri.getQuery.contains("ignore_unavailable")) missing(names) else 200 -> described(found).toString
      case ("PUT", Seq(name)) =>
        val made = Json.readTree(body)
        if (find(name).isDefined) 400 -> error("resource_already_exists_exception", s"index [$name] already exists")
        else {
          make(name, made.path("mappings"))
          200 -> "{}"
        }
      case ("DELETE", Seq(name)) => indexes.remove(name).fold(missing(name))(_ => 200 -> "{}")
      case ("PUT", Seq(name, "_mapping")) =>
        find(name).fold(missing(name)) { index =>
          index.mappings.setAll[ObjectNode](Json.readTree(body).asInstanceOf[ObjectNode])
          200 -> "{}"
        }
      case ("POST", Seq(target, "_refresh")) => find(target).fold(missing(target))(_ => 200 -> "{}")
      case ("POST", Seq(target, "_search")) => find(target).fold(missing(target))(index => 200 -> found(index, Json.readTree(body)).toString)
      case ("POST", Seq(target, "_bulk")) =>
        onBulk()
        if (scripted.nonEmpty) scripted.dequeue() else bulk(target, uri.getQuery.contains("require_alias=true"), body.linesIterator.toSeq)
      case _ => 405 -> error("unknown", s"$method $uri")
    }
  }

  /** The three searches of a comparison: days, sums of hours, and the documents of an hour. */
  private def found(index: SmallIndex, body: JsonNode): ObjectNode = {
    val filters = body.path("query").path("bool").path("filter").elements.asScala.toSeq :+ body.path("query")
    val range = filters.map(_.path("range").path("start_window")).find(!_.isMissingNode)
    val terms = filters.flatMap(_.path("term").fields.asScala).map(term => term.getKey -> term.getValue.asText)
    val documents = index.documents.toSeq.sortBy(_._1).filter { case (_, (_, its)) =>
      val start = its.path("start_window").asText
      range.forall(limits => start >= limits.path("gte").asText && start < limits.path("lt").asText) &&
      terms.forall { case (field, value) => its.path(field).asText == value }
    }
    val answer = Json.createObjectNode()
    val aggs = body.path("aggs")
    def minute(its: JsonNode) = java.time.Instant.parse(its.path("start_window").asText).toEpochMilli
    if (aggs.has("days")) {
      val buckets = answer.putObject("aggregations").putObject("days").putArray("buckets")
      documents.map { case (_, (_, its)) => minute(its) / 86400000L * 86400000L }.distinct.sorted.foreach(day => buckets.addObject().put("key", day))
    } else if (aggs.has("hours")) {
      val hours = answer.putObject("aggregations").putObject("hours")
      val buckets = hours.putArray("buckets")
      if (!aggs.path("hours").path("composite").has("after"))
        documents.groupBy { case (_, (_, its)) => (its.path("asset_id").asText, its.path("asset_type").asText, minute(its) / 3600000L * 3600000L) }.foreach {
          case ((base, quote, hour), all) =>
            val bucket = buckets.addObject().put("doc_count", all.size)
            val key = bucket.putObject("key").put("asset_id", base).put("asset_type", quote).put("hour", hour)
            Seq("revision", "price_crypto").foreach(field => bucket.putObject(field).put("value", all.map(_._2._2.path(field).asDouble).sum))
            hours.set[ObjectNode]("after_key", key.deepCopy[ObjectNode]())
        }
    } else {
      val hits = answer.putObject("hits").putArray("hits")
      documents.foreach { case (id, (_, its)) => hits.addObject().put("_id", id).set[ObjectNode]("_source", its) }
    }
    answer
  }

  private def described(found: Seq[SmallIndex]): ObjectNode = {
    val answer = Json.createObjectNode()
    found.foreach { index =>
      val node = answer.putObject(index.name)
      val aliases = node.putObject("aliases")
      index.aliases.foreach(aliases.putObject)
      node.set[ObjectNode]("mappings", index.mappings)
      val settings = node.putObject("settings").putObject("index").put("uuid", index.uuid)
      if (index.closed) settings.put("verified_before_close", "true")
      if (index.blocks.nonEmpty) index.blocks.foreach(settings.withObject("/blocks").put(_, "true"))
    }
    answer
  }

  /** All actions or none. */
  private def swap(body: JsonNode): (Int, String) = {
    val actions = body.path("actions").elements.asScala.toSeq
    val removed = actions.filter(_.has("remove_index")).map(_.path("remove_index").path("index").asText)
    removed.find(!indexes.contains(_)).fold {
      removed.foreach(indexes.remove)
      actions.filter(_.has("add")).map(_.path("add")).foreach(add => indexes(add.path("index").asText).aliases += add.path("alias").asText)
      200 -> "{}"
    }(missing)
  }

  private def bulk(target: String, requireAlias: Boolean, lines: Seq[String]): (Int, String) = {
    val items = lines.grouped(2).map { case Seq(action, document) =>
      val its = Json.readTree(action).path("index")
      find(target) match {
        case Some(index) if !requireAlias || index.name != target => write(index, its, Json.readTree(document))
        case _ => item(404, "index_not_found_exception", s"no such index [$target]")
      }
    }.toSeq
    200 -> s"""{"errors":${items.exists(_.contains("error"))},"items":[${items.mkString(",")}]}"""
  }

  private def write(index: SmallIndex, action: JsonNode, document: JsonNode): String = {
    val (id, version) = (action.path("_id").asText, action.path("version").asLong)
    if (index.closed) item(400, "index_closed_exception", "closed")
    else if (index.blocks.nonEmpty) item(403, "cluster_block_exception", s"index [${index.name}] blocked by: [FORBIDDEN/8/index write (api)];")
    else if (index.mappings.path("properties").path("price_crypto").path("type").asText == "date")
      item(400, "document_parsing_exception", "[1:91] failed to parse field [price_crypto] of type [date]")
    else if (unfit.contains(document.path("asset_id").asText)) item(400, "document_parsing_exception", "[1:80] failed to parse field [volume]")
    else if (document.path("source").asText.length > 32766) item(400, "document_parsing_exception", "[1:102] failed to parse field [source] of type [keyword]")
    else if (index.documents.get(id).exists(_._1 > version)) item(409, "version_conflict_engine_exception", "version conflict")
    else {
      index.documents.put(id, version -> document)
      """{"index":{"status":200}}"""
    }
  }

  private def item(status: Int, kind: String, reason: String): String = s"""{"index":{"status":$status,"error":{"type":"$kind","reason":"$reason"}}}"""

  private def error(kind: String, reason: String): String = s"""{"error":{"type":"$kind","reason":"$reason"}}"""

  private def missing(name: String): (Int, String) = 404 -> error("index_not_found_exception", s"no such index [$name]")
}
