package io.cryptodm.jobs

import java.io.IOException

import com.fasterxml.jackson.databind.JsonNode
import io.cryptodm.contracts.Spec

import scala.jdk.CollectionConverters._

/**
 * What keeps an index from taking documents, whatever these are.
 *
 * @param what one sentence
 * @param next what to do about it
 */
final case class IndexFault(what: String, next: String) {
  override def toString: String = s"$what. $next"
}

/**
 * An index as Elasticsearch describes it.
 *
 * @param name its own, never an alias
 * @param uuid another one when it is made again
 */
final case class IndexState(name: String, uuid: String, aliases: Set[String], mappings: JsonNode, settings: JsonNode) {

  def isClosed: Boolean = settings.path("verified_before_close").asText == "true"

  /** Blocks that refuse documents, such as `write`. */
  def blocks: Seq[String] = IndexState.WriteBlocks.filter(block => settings.path("blocks").path(block).asText == "true")
}

object IndexState {
  private val WriteBlocks = Seq("read_only", "write", "read_only_allow_delete")

  /** From the answer of `GET /INDEX`. */
  def of(answer: JsonNode): Seq[IndexState] = answer.fields.asScala.map { its =>
    val index = its.getValue
    val settings = index.path("settings").path("index")
    IndexState(
      its.getKey,
      settings.path("uuid").asText,
      index.path("aliases").fieldNames.asScala.toSet,
      index.path("mappings"),
      settings)
  }.toSeq

  /** Where a mapping differs from the declared one, such as `price_crypto is keyword instead of double`; other fields that it has are not looked at. */
  def differences(declared: JsonNode, found: JsonNode): Seq[String] = {
    val dynamic = declared.path("dynamic").asText
    val strictness = if (found.path("dynamic").asText("true") == dynamic) None else Some(s"dynamic is ${found.path("dynamic").asText("true")} instead of $dynamic")
    strictness.toSeq ++ declared.path("properties").fields.asScala.flatMap { field =>
      val its = found.path("properties").path(field.getKey)
      val kinds = Seq(field.getValue, its).map(kind => kind.path("type").asText("object") + kind.path("format").asText("").replaceFirst("^(?=.)", " "))
      if (its.isMissingNode) Some(s"${field.getKey} is missing") else if (kinds.head == kinds(1)) None else Some(s"${field.getKey} is ${kinds(1)} instead of ${kinds.head}")
    }
  }
}

/** Looks at the index that documents are written to. @param target its name, or an alias of it */
final class IndexLook(connection: SearchConnection, target: String) {
  private val search: Spec.Search = connection.search
  private val declared = Option(search.definition).map(text => SearchConnection.Json.readTree(text).path("mappings"))

  /**
   * The index, when documents that it refuses can only be refused for what they hold.
   *
   * @return else what is wrong with it; None where that can't be found out
   */
  def look(): Either[Option[IndexFault], IndexState] =
    try {
      val answer = connection.ask("GET", s"/$target?expand_wildcards=all")
      if (answer.status == 404) Left(Some(missing))
      else if (answer.status == 401) Left(Some(login("does not accept the user or the password")))
      else if (answer.status == 403 && answer.json.path("error").path("type").asText == "security_exception") Left(Some(login("does not let the user do this")))
      else if (!answer.isOk) Left(None)
      else
        IndexState.of(answer.json) match {
          case Seq(index) => faultOf(index).fold[Either[Option[IndexFault], IndexState]](Right(index))(fault => Left(Some(fault)))
          case _ => Left(Some(missing))
        }
    } catch { case _: IOException => Left(None) }

  private def faultOf(index: IndexState): Option[IndexFault] = {
    val name = index.name
    if (index.isClosed)
      Some(IndexFault(s"the index $name is closed", s"""Run "cryptodm up", or open it: POST ${search.url}/$name/_open"""))
    else if (index.blocks.contains("read_only_allow_delete"))
      Some(IndexFault(
        s"the index $name takes no writes: index.blocks.read_only_allow_delete, as after a full disk",
        "Make room: Elasticsearch takes the block away by itself."))
    else if (index.blocks.nonEmpty)
      Some(IndexFault(
        s"the index $name takes no writes: ${index.blocks.map("index.blocks." + _).mkString(", ")}",
        s"""Run "cryptodm up", or take the block away: PUT ${search.url}/$name/_settings"""))
    else
      declared.map(IndexState.differences(_, index.mappings)) match {
        case Some(differences) if differences.nonEmpty =>
          Some(IndexFault(s"the mapping of the index $name is not the declared one: ${differences.take(3).mkString(", ")}", """Run "cryptodm index rebuild"."""))
        case _ => None
      }
  }

  private def missing: IndexFault =
    IndexFault(
      s"there is no index ${search.index}",
      // In an account nothing fills it by itself.
      if (search.lakeAlias == null) """Run "cryptodm up", which makes it, then "cryptodm index rebuild", which fills it from the tables."""
      else """Run "cryptodm up": it makes it and has it filled from the tables.""")

  private def login(what: String): IndexFault = {
    val (source, next) =
      if (search.secret != null) s" of the secret ${search.secret}" -> """Run "cryptodm secrets set elasticsearch" with one that may write the index."""
      else if (search.credentialFile != null) s" of ${search.credentialFile}" -> """Run "cryptodm up": it starts the parts with the credential that they share."""
      else "" -> "Give the jobs a user who may write the index."
    IndexFault(s"Elasticsearch at ${search.url} $what$source", next)
  }

  /** Whether the mapping is known to be the declared one whenever `look` finds no fault. */
  def comparesMapping: Boolean = declared.isDefined
}
