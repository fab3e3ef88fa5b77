package io.cryptodm.jobs

import com.fasterxml.jackson.databind.node.ObjectNode

/** A request about the lake's indexes that Elasticsearch has refused. */
final class IndexRefusal(message: String) extends RuntimeException(message)

/** The indexes that hold the lake's quotes: the one that answers, and those that are being made to take its place. */
final class LakeIndexes(connection: SearchConnection) {
  import SearchConnection.Json

  private val search = connection.search
  private val names = s"${search.index},${search.index}-*"
  private val numbered = (java.util.regex.Pattern.quote(search.index) + "-(\\d+)").r

  /** All of them, closed ones too. */
  def list(): Seq[IndexState] =
    IndexState.of(require(connection.ask("GET", s"/$names?ignore_unavailable=true&allow_no_indices=true&expand_wildcards=all"), "a look at the indexes"))

  /** The one that people and jobs read and write. */
  def live(): Option[IndexState] = list().find(isLive)

  def isLive(index: IndexState): Boolean =
    index.name == search.index || index.aliases.contains(search.index) || Option(search.lakeAlias).exists(index.aliases.contains)

  /** Its number, of one that was made to take the place of another; None for one that this lake has not made. */
  def numberOf(index: IndexState): Option[Int] = index.name match {
    case numbered(number) => Some(number.toInt)
    case _ => None
  }

  /** Makes an index that no alias leads to. */
  def create(name: String, fill: IndexFill): Unit = {
    val body = Json.readTree(search.definition).asInstanceOf[ObjectNode]
    body.withObject("/mappings").set[ObjectNode]("_meta", meta(Some(fill)))
    require(connection.ask("PUT", s"/$name?wait_for_active_shards=1", body.toString), s"making the index $name")
  }

  /** Writes down in an index how far it is filled; None when it is full. */
  def save(name: String, fill: Option[IndexFill]): Unit =
    require(connection.ask("PUT", s"/$name/_mapping", Json.createObjectNode().set[ObjectNode]("_meta", meta(fill)).toString), s"a note in the index $name")

  /** Has an index take the place of the one that answers, whose name becomes an alias: all in one step. */
  def swap(name: String, old: Option[IndexState]): Unit = {
    val body = Json.createObjectNode()
    val actions = body.putArray("actions")
    old.foreach(its => actions.addObject().putObject("remove_index").put("index", its.name))
    (Seq(search.index, search.alias) ++ Option(search.lakeAlias)).foreach { alias =>
      actions.addObject().putObject("add").put("index", name).put("alias", alias).put("is_write_index", true)
    }
    require(connection.ask("POST", "/_aliases", body.toString), s"putting $name in the place of the index")
  }

  def delete(name: String): Unit = require(connection.ask("DELETE", s"/$name"), s"removing the index $name")

  private def meta(fill: Option[IndexFill]): ObjectNode = {
    val node = Json.createObjectNode()
    fill.foreach(its => node.putObject("cryptodm").set[ObjectNode]("fill", its.toJson))
    node
  }

  private def require(answer: SearchAnswer, what: String) =
    if (answer.isOk) answer.json else throw new IndexRefusal(s"$what failed: Elasticsearch at ${search.url} answered ${answer.error}")
}
