package io.cryptodm.jobs

import java.nio.file.{Files, NoSuchFileException, Path}

import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

/** Checkpoints as Spark 3.5 writes them, and what a power cut leaves of them. */
class LocalCheckpointTest extends AnyFunSuite with TestFolders {
  private val watermark = """{"batchWatermarkMs":0,"batchTimestampMs":1,"conf":{}}"""

  private def write(folder: Path, name: String, text: String): Unit = {
    val file = folder.resolve(name)
    Files.createDirectories(file.getParent)
    Files.writeString(file, text)
  }

  private def offsets(end: Long): String = s"""{"coinbase-trades":{"0":$end}}"""

  private def plan(folder: Path, batch: Long): Unit = write(folder, s"offsets/$batch", s"v1\n$watermark\n${offsets(batch * 10)}")

  private def end(folder: Path, batch: Long): Unit = write(folder, s"commits/$batch", "v1\n{\"nextBatchWatermarkMs\":0}")

  /** A job that has written batches 3 to 7. */
  private def sound(): Path = {
    val folder = newFolder("checkpoint")
    write(folder, "metadata", """{"id":"0f0f"}""")
    write(folder, "sources/0/0", s"\u0000v1\n${offsets(0)}")
    (3 to 7).foreach { batch =>
      plan(folder, batch)
      end(folder, batch)
    }
    folder
  }

  private def broken(folder: Path): Seq[String] = new LocalCheckpoint(folder).broken.map(folder.relativize(_).toString)

  test("what Spark has written is whole, also with a batch under way and without anything") {
    val folder = sound()
    plan(folder, 8)
    assert(broken(folder).isEmpty)
    assert(new LocalCheckpoint(folder).ended.contains(Map(0 -> 70L)))
    val nothing = new LocalCheckpoint(folder.resolve("nothing"))
    assert(nothing.broken.isEmpty && nothing.ended.isEmpty)
    nothing.remove()
  }

  test("each file that is empty or cut is found") {
    Seq("metadata", "sources/0/0", "offsets/7", "commits/7", "commits/3").foreach { name =>
      Seq[String => String](_ => "", text => text.take(text.length - 3), text => "\u0000" * text.length).foreach { cut =>
        val folder = sound()
        write(folder, name, cut(Files.readString(folder.resolve(name))))
        assert(broken(folder) == Seq(name))
      }
    }
  }

  test("it goes on after the newest batch that had ended") {
    def after(damage: Path => Unit): Option[Map[Int, Long]] = {
      val folder = sound()
      damage(folder)
      new LocalCheckpoint(folder).ended
    }
    assert(after(write(_, "commits/7", "")).contains(Map(0 -> 70L)), "the name tells that it was written")
    assert(after(write(_, "offsets/7", "")).contains(Map(0 -> 60L)))
    assert(after(folder => Files.delete(folder.resolve("commits/7"))).contains(Map(0 -> 60L)), "batch 7 may not have ended")
    assert(after(folder => (4 to 7).foreach(batch => write(folder, s"offsets/$batch", ""))).contains(Map(0 -> 30L)))
    assert(after(folder => (3 to 7).foreach(batch => write(folder, s"offsets/$batch", "v1\n{"))).isEmpty)
  }

  test("it is removed as a whole, but for the notes beside it") {
    val folder = sound()
    write(folder, "topic.json", "{}")
    new LocalCheckpoint(folder).remove()
    assert(Files.list(folder).toList.asScala.map(folder.relativize(_).toString) == Seq("topic.json"))
    new LocalCheckpoint(folder.resolve("nothing")).remove()
  }

  test("a plan is kept that is there, and no other") {
    val folder = sound()
    new LocalCheckpoint(folder).keepPlan(7)
    assertThrows[NoSuchFileException](new LocalCheckpoint(folder).keepPlan(8))
  }

  test("a checkpoint in a store is none of this machine") {
    assert(LocalCheckpoint.on("s3://bucket/checkpoints/trades").isEmpty)
    assert(LocalCheckpoint.on("/lake/checkpoints/trades").isDefined)
  }
}
