package io.cryptodm.jobs

import java.nio.file.{Files, Path}

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.catalog.{DeclaredTables, LakeCatalog}
import io.cryptodm.tables.rows.UpsertRule
import io.cryptodm.tables.write.KeyedTable
import org.apache.iceberg.catalog.Catalog
import org.apache.iceberg.data.{IcebergGenerics, Record}

import scala.jdk.CollectionConverters._

/** A lake in a temporary folder; rows are read back by Iceberg's own reader. */
final class TestLake private (val folder: Path) {
  val spec: Spec = {
    val golden = Files.readString(Path.of("../../test/fixtures/spec/lake.json"))
    Spec.parse(golden.replace("\"/lake/", "\"" + folder + "/").replace("sqlite:/lake/", s"sqlite:$folder/"))
  }
  val catalog: Catalog = LakeCatalog.open(spec.catalog)
  new DeclaredTables(catalog).apply(spec.tables)

  def keyed(name: String, rule: UpsertRule): KeyedTable = KeyedTable.open(catalog, LakeCatalog.identifier(name), rule)

  /** The sink of a new process: it remembers nothing. */
  def quoteSink(outlet: BadOutlet): TableSink = {
    val topic = spec.topic("quotes")
    val table = keyed("crypto_db.crypto_quote", UpsertRule.QUOTES)
    val bad = new BadRecords(keyed("crypto_db.bad_record", UpsertRule.FACTS), outlet, topic.name, topic.generations)
    val coverage = keyed("crypto_db.quote_coverage", UpsertRule.CLAIMS)
    val mapping = new QuoteRows(table.columns.asScala.toVector, coverage.columns.asScala.toVector, topic.generations)
    new TableSink(topic, table, Some(coverage), mapping, bad)
  }

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

  def snapshots: Int = catalog.loadTable(LakeCatalog.identifier("crypto_db.crypto_quote")).snapshots.asScala.size
}

object TestLake {
  def withLake[T](use: TestLake => T): T = {
    val folder = Files.createTempDirectory("lake")
    val lake = new TestLake(folder)
    try use(lake)
    finally {
      lake.catalog.asInstanceOf[java.io.Closeable].close()
      org.apache.commons.io.FileUtils.deleteQuietly(folder.toFile)
    }
  }
}
