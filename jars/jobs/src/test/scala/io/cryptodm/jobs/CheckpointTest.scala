package io.cryptodm.jobs

import java.nio.file.{Files, Path}

import io.cryptodm.tables.write.TopicOffsets
import org.apache.spark.sql.kafka010.BrokerlessKafka
import org.apache.spark.sql.streaming.Trigger
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class CheckpointTest extends AnyFunSuite with TestFolders {
  private val ends = Map(0 -> 10L, 1 -> 10L)

  /** The checkpoint of a stream that has read ten records of two partitions. */
  private def withCheckpoint(use: (Checkpoint, Path) => Unit): Unit = SharedSpark.withSession { session =>
    val folder = newFolder("checkpoint").resolve("job/g1")
    val checkpoint = new Checkpoint(session, folder.toString, 1)
    assert(checkpoint.read().isEmpty && !Files.exists(folder))
    read(session, folder)
    use(checkpoint, folder)
  }

  private def read(session: SparkSession, folder: Path): Unit =
    session.readStream
      .format(classOf[BrokerlessKafka].getName)
      .load()
      .writeStream
      .foreachBatch((_: DataFrame, _: Long) => ())
      .option("checkpointLocation", folder.toString)
      .trigger(Trigger.AvailableNow())
      .start()
      .awaitTermination()

  private def longs(offsets: java.util.Map[Integer, java.lang.Long]): Map[Int, Long] =
    offsets.asScala.map { case (partition, offset) => partition.intValue -> offset.longValue }.toMap

  test("it tells what was planned and what was written") {
    withCheckpoint { (checkpoint, folder) =>
      val said = checkpoint.read().get
      assert(longs(said.planned.offsets) == ends && said.committed == ends && said.planned.generation == 1)
      // Its last batch was planned but not written.
      Files.delete(folder.resolve("commits/0"))
      val unwritten = checkpoint.read().get
      assert(longs(unwritten.planned.offsets) == ends && unwritten.committed.isEmpty)
    }
  }

  test("the note beside it tells epochs and topic, and Spark goes on with it there") {
    withCheckpoint { (checkpoint, folder) =>
      val note = new TopicOffsets(1, java.util.Map.of(), java.util.Map.of(Integer.valueOf(0), Integer.valueOf(4)), "topic")
      checkpoint.remember(note)
      val said = checkpoint.read().get.planned
      assert(said.epochs == note.epochs && said.topicId == "topic" && longs(said.offsets) == ends)
      SharedSpark.withSession(read(_, folder))
      // As a power cut leaves it.
      Files.write(folder.resolve("topic.json"), Array.emptyByteArray)
      assert(checkpoint.read().get.planned.epochs.isEmpty)
      Files.write(folder.resolve("topic.json"), "{\"gen".getBytes)
      assert(checkpoint.read().get.planned.topicId == null)
    }
  }

  test("a job that has begun and read nothing has taken what lies before its start") {
    SharedSpark.withSession { session =>
      val checkpoint = new Checkpoint(session, newFolder("checkpoint").resolve("job/g1").toString, 1)
      assert(checkpoint.taken.isEmpty)
      checkpoint.remember(new TopicOffsets(1, java.util.Map.of(Integer.valueOf(0), java.lang.Long.valueOf(7))))
      assert(checkpoint.read().isEmpty && checkpoint.taken.exists(_.committed == Map(0 -> 7L)))
    }
  }

  test("it keeps up to where the topic was removed") {
    withCheckpoint { (checkpoint, folder) =>
      assert(checkpoint.removed == TopicOffsets.NONE)
      checkpoint.noteRemoved(Map(0 -> 7L))
      assert(longs(checkpoint.removed.offsets) == Map(0 -> 7L) && checkpoint.removed.generation == 1)
      SharedSpark.withSession(read(_, folder))
    }
  }

  test("one that cannot be read says nothing") {
    withCheckpoint { (checkpoint, folder) =>
      Files.write(folder.resolve("offsets/0"), Array.emptyByteArray)
      assert(checkpoint.read().isEmpty)
    }
  }
}
