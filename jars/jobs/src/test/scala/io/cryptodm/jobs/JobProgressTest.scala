package io.cryptodm.jobs

import java.nio.file.Files
import java.time.Instant

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.cryptodm.layers.LakeLayers
import org.scalatest.funsuite.AnyFunSuite

import scala.concurrent.duration._

class JobProgressTest extends AnyFunSuite with TestFolders {
  private val Json = new ObjectMapper

  /** A store that takes one write in 30 s, and a clock that the test sets. */
  private final class Store extends ProgressFile {
    var now = 0L
    var written = Vector.empty[JsonNode]
    override val rest: FiniteDuration = 30.seconds
    override val heartbeat: FiniteDuration = 30.seconds
    override def write(json: String): Unit = written :+= Json.readTree(json)
    override def read(): Option[String] = None
    def pass(time: FiniteDuration): Unit = now += time.toNanos
  }

  private def report(rows: Long) = BatchReport(rows, rows, 0, None, Vector(PartitionCount(0, rows, 0, rows - 1, 0)))

  test("a store is written at once when the state changes, otherwise when its last write is old enough") {
    val store = new Store
    val progress = new JobProgress("job", 1, Some(store), () => store.now)
    progress.heartbeat()
    assert(store.written.map(_.path("state").asText) == Vector("starting"))
    progress.completed(0, report(1), 5)
    assert(store.written.size == 2 && store.written.last.path("triggered").asBoolean)
    (1 to 10).foreach { batch =>
      progress.completed(batch, report(1), 5)
      progress.heartbeat()
    }
    assert(store.written.size == 2)
    store.pass(30.seconds)
    progress.heartbeat()
    assert(store.written.size == 3 && store.written.last.path("rows").asLong == 11)
    progress.retrying("gone")
    assert(store.written.last.path("state").asText == "retrying")
  }

  test("failures for one reason are counted until a success, also over the end of the process") {
    val folder = newFolder("progress")
    val file = folder.resolve("job.json")
    def failing = Json.readTree(Files.readAllBytes(file)).path("failing")
    val first = JobProgress.at("job", 1, Some(file.toString))
    first.retrying("IllegalStateException: Incomplete log file /tmp/c0ffee00-1/offsets/12")
    first.retrying("IllegalStateException: Incomplete log file /tmp/c0ffee11-2/offsets/12")
    val since = failing.path("since").asText
    val next = JobProgress.at("job", 1, Some(file.toString))
    next.heartbeat()
    next.retrying("IllegalStateException: Incomplete log file /tmp/c0ffee22-3/offsets/13")
    assert(failing.path("count").asLong == 3 && failing.path("since").asText == since)
    assert(failing.path("reason").asText.endsWith("offsets/13"))
    next.retrying("TimeoutException: no broker")
    assert(failing.path("count").asLong == 1)
    next.completed(0, report(1), 5)
    assert(failing.isMissingNode)
    Files.write(file, Array.emptyByteArray)
    JobProgress.at("job", 1, Some(file.toString)).retrying("x")
    assert(failing.path("count").asLong == 1)
  }

  test("what was not written yet is written at the end, once") {
    val store = new Store
    val progress = new JobProgress("job", 1, Some(store), () => store.now)
    progress.completed(0, report(1), 5)
    progress.completed(1, report(2), 5)
    progress.close()
    progress.close()
    assert(store.written.map(_.path("rows").asLong) == Vector(1, 3))
  }

  test("the lag is written once it is known, and again when it changes") {
    val store = new Store
    val progress = new JobProgress("job", 1, Some(store), () => store.now)
    progress.completed(0, report(1), 5)
    assert(store.written.last.path("lag").isNull)
    store.pass(30.seconds)
    JobRunner.lag("""{"t":{"0":12,"1":7,"2":3}}""", """{"t":{"0":2,"1":7}}""").foreach(progress.behind)
    progress.heartbeat()
    assert(store.written.last.path("lag").asLong == 13)
    assert(JobRunner.lag(null, null).isEmpty)
  }

  test("a run that stops at the candles counts its rows, and neither as a batch nor for the lag") {
    val store = new Store
    val progress = new JobProgress("job", 1, Some(store), () => store.now)
    def took(whole: Boolean, commits: Option[Long], millis: Long): JsonNode = {
      store.pass(30.seconds)
      progress.took(new LakeLayers.Outcome(1, 2, 0, false, whole), 10, commits, Instant.ofEpochSecond(millis), millis)
      store.written.last
    }
    val whole = took(whole = true, Some(3), 400)
    val candles = took(whole = false, None, 50)
    assert(Seq("batches", "batchMs", "lag", "takenAt").forall(field => candles.path(field) == whole.path(field)))
    assert(candles.path("rows").asLong == 4 && candles.path("inputRows").asLong == 2)
    assert(took(whole = true, Some(0), 300).path("batches").asLong == 2)
  }

  test("the last bad record is written with its reason, and the state with its start") {
    val store = new Store
    val progress = new JobProgress("job", 1, Some(store), () => store.now)
    progress.retrying("gone")
    val since = store.written.last.path("since").asText
    assert(store.written.last.path("lastBad").isNull)
    progress.retrying("gone again")
    progress.completed(0, report(2).copy(badRecords = 1, badReason = Some("price 'c' must be above 0 but is 0")), 5)
    progress.completed(1, report(2), 5)
    progress.close()
    val last = store.written.last
    assert(last.path("badRecords").asLong == 1 && last.path("lastBad").path("reason").asText == "price 'c' must be above 0 but is 0")
    assert(Instant.parse(last.path("since").asText).isAfter(Instant.parse(since)))
  }

  test("a file of this machine is written for every batch, a URI by Hadoop") {
    val folder = newFolder("progress")
    val local = folder.resolve("a/local.json")
    val stored = folder.resolve("b/stored.json")
    Seq(local.toString, stored.toUri.toString).foreach { location =>
      val progress = JobProgress.at("job", 1, Some(location))
      progress.completed(0, report(1), 5)
      progress.completed(1, report(2), 5)
    }
    assert(Json.readTree(local.toFile).path("rows").asLong == 3)
    assert(Json.readTree(stored.toFile).path("rows").asLong == 1)
  }
}
