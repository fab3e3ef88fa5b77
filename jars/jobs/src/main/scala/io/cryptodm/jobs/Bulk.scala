package io.cryptodm.jobs

import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.UTF_8

import scala.collection.mutable

/**
 * Documents on their way to the index, ready to be sent.
 *
 * @param body lines of a bulk request
 * @param starts where each document's lines begin
 * @param partitions where its record stands in the topic
 * @param offsets where its record stands in the topic
 */
final case class Bulk(body: Array[Byte], starts: Array[Int], partitions: Array[Int], offsets: Array[Long]) {
  def size: Int = starts.length

  /** Some of its documents. */
  def only(documents: Seq[Int]): Bulk = {
    val builder = new Bulk.Builder
    documents.foreach { i =>
      val end = if (i + 1 < size) starts(i + 1) else body.length
      builder.add(body, starts(i), end - starts(i), partitions(i), offsets(i))
    }
    builder.result()
  }
}

object Bulk {
  val MaxDocuments = 5000
  val MaxBytes: Int = 5 << 20

  /** Collects documents until a bulk is full. */
  final class Builder {
    private val body = new ByteArrayOutputStream(1 << 12)
    private val starts = mutable.ArrayBuilder.make[Int]
    private val partitions = mutable.ArrayBuilder.make[Int]
    private val offsets = mutable.ArrayBuilder.make[Long]
    private var size = 0

    def add(lines: Array[Byte], from: Int, length: Int, partition: Int, offset: Long): Unit = {
      starts += body.size
      partitions += partition
      offsets += offset
      body.write(lines, from, length)
      size += 1
    }

    def isEmpty: Boolean = size == 0

    def hasRoomFor(documents: Int, bytes: Int): Boolean = isEmpty || size + documents <= MaxDocuments && body.size + bytes <= MaxBytes

    def result(): Bulk = Bulk(body.toByteArray, starts.result(), partitions.result(), offsets.result())
  }

  /** Joins small bulks, so that a small batch is one request. */
  def merged(bulks: Seq[Bulk]): Seq[Bulk] = {
    val full = Vector.newBuilder[Bulk]
    var builder = new Builder
    bulks.foreach { bulk =>
      if (!builder.hasRoomFor(bulk.size, bulk.body.length)) {
        full += builder.result()
        builder = new Builder
      }
      (0 until bulk.size).foreach { i =>
        val end = if (i + 1 < bulk.size) bulk.starts(i + 1) else bulk.body.length
        builder.add(bulk.body, bulk.starts(i), end - bulk.starts(i), bulk.partitions(i), bulk.offsets(i))
      }
    }
    if (!builder.isEmpty) full += builder.result()
    full.result()
  }
}
