package io.cryptodm.jobs

import java.io.{Closeable, IOException}

import com.fasterxml.jackson.databind.node.ObjectNode
import io.cryptodm.contracts.Spec.Job.Kind
import io.cryptodm.contracts.{Arguments, Options, Spec, SpecException}
import io.cryptodm.tables.catalog.{LakeCatalog, SpecFile}
import io.cryptodm.tables.read.TableReader
import org.apache.iceberg.exceptions.NoSuchTableException
import org.apache.spark.SparkConf

import scala.jdk.CollectionConverters._

/**
 * Work on the search index beside its job: `--spec F rebuild | fill | compare [--attended]`. It prints one JSON object a line. Exit codes: 0 done, 2 bad
 * arguments or spec, 1 anything else, with the reason on stderr.
 */
object IndexTasks {
  private val Usage = "Usage: IndexTasks --spec FILE rebuild | fill | compare [--attended]"

  def main(args: Array[String]): Unit = {
    val code = run(args)
    // A cluster counts an exit as a failure, even with 0.
    if (code != 0) sys.exit(code)
  }

  private def run(args: Array[String]): Int =
    try {
      val arguments = Arguments.parse(args, Options.of("spec").andFlags("attended").andWords())
      if (arguments.words.size != 1) throw new IllegalArgumentException(Usage)
      val spec = SpecFile.read(arguments.required("spec"))
      if (arguments.has("attended")) endWithParent()
      if (spec.search.definition == null) throw new IllegalArgumentException("""The spec is of an earlier version: run "cryptodm up" first.""")
      // A cluster waits for the session of each application.
      val session = if (new SparkConf().contains("spark.master")) Some(LakeSession.onCluster("index")) else None
      try perform(arguments.words.get(0), spec)
      finally session.foreach(_.stop())
      0
    } catch {
      case e @ (_: SpecException | _: IllegalArgumentException) => fail(2, e.getMessage)
      case e: IndexAway => fail(1, s"the index took no document for ${IndexRebuild.Timeout.toSeconds} s: ${e.getMessage}")
      case e: IndexRefusal => fail(1, e.getMessage)
      case e: ForeignPart => fail(1, e.getMessage)
      case e: IOException => fail(1, s"Elasticsearch does not answer: ${SearchConnection.describe(e)}")
      case e: NoSuchTableException => fail(1, e.getMessage + """: create the tables first, with "cryptodm tables create"""")
      case e: Exception =>
        e.printStackTrace()
        1
    }

  private def fail(code: Int, message: String): Int = {
    System.err.println(message)
    code
  }

  /** Nobody would read the report, and the next run goes on where this one stops. */
  private def endWithParent(): Unit =
    ProcessHandle.current.parent.ifPresent(parent => parent.onExit.thenRun(() => Runtime.getRuntime.halt(1)))

  private def perform(task: String, spec: Spec): Unit = {
    val connection = new SearchConnection(spec.search)
    if (connection.meetsForeign()) throw new ForeignPart(connection.foreign)
    val broker = new BrokerView(spec.kafka)
    val catalog = LakeCatalog.open(spec.catalog)
    try {
      val table = new QuoteTable(TableReader.open(catalog, LakeCatalog.identifier(tableOf(spec))))
      val ends = new JobEnds(spec, broker)
      task match {
        case "rebuild" => done(new IndexRebuild(connection, table, ends, Lines).rebuild())
        case "fill" => new IndexRebuild(connection, table, ends, Lines).fill().foreach(done)
        case "compare" => compared(new IndexComparison(connection, table, ends, Lines.waiting).compare())
        case _ => throw new IllegalArgumentException(s"Unknown task $task. $Usage")
      }
    } finally {
      broker.close()
      catalog match {
        case closeable: Closeable => closeable.close()
        case _ => ()
      }
    }
  }

  /** The table that the job of the same topic fills. */
  private def tableOf(spec: Spec): String = {
    val jobs = spec.jobs.asScala
    val topic = jobs.find(_.kind == Kind.QUOTES_TO_INDEX).map(_.topic)
    jobs.find(job => job.kind == Kind.QUOTES_TO_TABLE && topic.contains(job.topic)).map(_.table)
      .getOrElse(throw new IllegalArgumentException("The spec has no table beside its index"))
  }

  private def done(its: Rebuilt): Unit = Lines.say("done") { node =>
    node.put("index", its.index).put("rows", its.rows).put("unfit", its.unfit)
    its.example.foreach(node.put("example", _))
  }

  private def compared(its: Compared): Unit = Lines.say("compared") { node =>
    node.put("rows", its.rows).put("documents", its.documents).put("missing", its.missing).put("extra", its.extra).put("other", its.other)
    its.example.foreach(node.put("example", _))
    its.behind.foreach(node.put("behind", _))
  }

  /** The report as JSON lines on stdout. Of what happens all the time it tells twice a second. */
  private object Lines extends RebuildReport {
    private val EveryNanos = 500000000L
    private var toldAt = System.nanoTime() - EveryNanos
    private var lastWait = ""

    override def begun(index: String, resumed: Boolean): Unit = say("begun")(_.put("index", index).put("resumed", resumed))

    override def filling(rows: Long, of: Long): Unit = if (isTime(rows == 0)) say("filling")(_.put("rows", rows).put("of", of))

    override def waiting(reason: String): Unit = if (isTime(reason != lastWait)) {
      lastWait = reason
      say("waiting")(_.put("reason", reason))
    }

    override def swapped(index: String, removed: Option[String]): Unit = say("swapped") { node =>
      node.put("index", index)
      removed.foreach(node.put("removed", _))
    }

    def say(event: String)(more: ObjectNode => Unit): Unit = synchronized {
      val node = SearchConnection.Json.createObjectNode().put("event", event)
      more(node)
      println(node.toString)
      Console.out.flush()
    }

    private def isTime(always: Boolean): Boolean = {
      val due = always || System.nanoTime() - toldAt >= EveryNanos
      if (due) toldAt = System.nanoTime()
      due
    }
  }
}
