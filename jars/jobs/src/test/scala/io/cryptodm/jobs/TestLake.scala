package io.cryptodm.jobs

import java.nio.file.{Files, Path}

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.catalog.{DeclaredTables, LakeCatalog}
import io.cryptodm.tables.rows.UpsertRule
import io.cryptodm.tables.write.{JobTables, KeyedTable}
import org.apache.iceberg.catalog.Catalog
import org.apache.iceberg.data.{IcebergGenerics, Record}

import scala.jdk.CollectionConverters._

/**
 * A lake in a temporary folder; rows are read back by Iceberg's own reader.
 *
 * @param tuning of its tables; None for the usual one of each
 */
final class TestLake private (val folder: Path, tuning: Option[KeyedTable.Tuning]) {
  val spec: Spec = {
    val golden = Files.readString(Path.of("../../test/fixtures/spec/lake.json"))
    Spec.parse(golden.replace("\"/lake/", "\"" + folder + "/").replace("sqlite:/lake/", s"sqlite:$folder/").replace("file:///lake/", s"file://$folder/"))
  }
  val catalog: Catalog = LakeCatalog.open(spec.catalog)
  new DeclaredTables(catalog).apply(spec.tables)

  def keyed(name: String, rule: UpsertRule): KeyedTable =
    tuning.fold(KeyedTable.open(catalog, LakeCatalog.identifier(name), rule))(KeyedTable.open(catalog, LakeCatalog.identifier(name), rule, _))

  /** The sink of a job in a new process: it remembers nothing. */
  def sink(job: String, outlet: BadOutlet, changed: () => Unit = () => ()): TableSink = {
    val its = spec.job(job).get
    val topic = spec.topic(its.topic)
    val bad = new BadRecords(keyed(its.badTable, UpsertRule.FACTS), outlet, topic.name, topic.generations)
    new TableSink(topic, tablesOf(its), mapping(its), bad, changed)
  }

  def mapping(job: Spec.Job): RowMapping =
    RowMapping.of(job.kind, tablesOf(job).map(_.columns.asScala.toVector), spec.topic(job.topic).generations)

  private def tablesOf(job: Spec.Job): Vector[KeyedTable] =
    JobTables.of(job).asScala.map(ruled => keyed(ruled.table, ruled.rule)).toVector

  def quoteSink(outlet: BadOutlet, changed: () => Unit = () => ()): TableSink = sink("quotes-iceberg", outlet, changed)

  def rows(name: String): Seq[Record] = {
    val read = IcebergGenerics.read(catalog.loadTable(LakeCatalog.identifier(name))).build()
    try read.asScala.toVector
    finally read.close()
  }

  def prices: Map[String, String] = {
    val all = rows("crypto_db.crypto_quote").map { row =>
      s"${row.getField("asset_id")} ${row.getField("start_window")}" ->
        row.getField("price_crypto").asInstanceOf[java.math.BigDecimal].stripTrailingZeros.toPlainString
    }
    assert(all.map(_._1).distinct.size == all.size, s"a key occurs twice: $all")
    all.toMap
  }

  def expireAllButOne(): Unit =
    catalog
      .loadTable(LakeCatalog.identifier("crypto_db.crypto_quote"))
      .expireSnapshots()
      .expireOlderThan(System.currentTimeMillis + 1)
      .retainLast(1)
      .commit()

  def snapshots: Int = snapshotsOf("crypto_db.crypto_quote")

  def snapshotsOf(name: String): Int = catalog.loadTable(LakeCatalog.identifier(name)).snapshots.asScala.size
}

object TestLake {
  /** Each row of a batch is so many that its task writes it into a file. */
  val Large: KeyedTable.Tuning = new KeyedTable.Tuning(100000, 1, 0, 12)

  def withLake[T](use: TestLake => T): T = withLake(None)(use)

  def withLake[T](tuning: Option[KeyedTable.Tuning])(use: TestLake => T): T = {
    val folder = Files.createTempDirectory("lake")
    val lake = new TestLake(folder, tuning)
    try use(lake)
    finally {
      lake.catalog.asInstanceOf[java.io.Closeable].close()
      org.apache.commons.io.FileUtils.deleteQuietly(folder.toFile)
    }
  }
}
