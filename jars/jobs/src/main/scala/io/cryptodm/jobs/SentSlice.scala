package io.cryptodm.jobs

import scala.collection.concurrent.TrieMap

import io.cryptodm.contracts.Spec

/**
 * What one task has sent of its documents.
 *
 * @param documents all of them
 * @param left those that are not known to be written
 */
final case class SentSlice(documents: Long, left: Vector[Bulk])

object SentSlice {
  // One for each lake in a process: a connection has threads.
  private val Indexes = TrieMap.empty[Spec.Search, SearchIndex]

  /** What a task reports first, before anything is sent. */
  final class Counting extends BatchWork[DocumentSlice, Vector[PartitionCount]] {
    override def perform(slices: Iterator[DocumentSlice]): Vector[PartitionCount] = slices.flatMap(_.counts).toVector
  }

  /** Sends the documents from where they were made. */
  final class Sending(search: Spec.Search) extends BatchWork[DocumentSlice, SentSlice] {
    override def perform(slices: Iterator[DocumentSlice]): SentSlice = {
      val bulks = slices.flatMap(_.bulks).toVector
      val index = Indexes.getOrElseUpdate(search, SearchIndex.ofLake(new SearchConnection(search), _ => ()))
      SentSlice(bulks.map(_.size.toLong).sum, index.attempt(bulks).toVector)
    }
  }
}
