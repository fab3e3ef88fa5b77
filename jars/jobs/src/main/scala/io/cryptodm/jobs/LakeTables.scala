package io.cryptodm.jobs

import java.io.Closeable

import io.cryptodm.contracts.Spec
import io.cryptodm.layers.LakeLayers
import io.cryptodm.tables.catalog.LakeCatalog
import io.cryptodm.tables.rows.UpsertRule
import io.cryptodm.tables.write.KeyedTable
import org.apache.iceberg.catalog.Catalog
import org.apache.iceberg.exceptions.NoSuchTableException

import scala.collection.mutable

/** The tables of a lake, each opened once in a process. */
final class LakeTables(spec: Spec) extends AutoCloseable {
  private lazy val catalog: Catalog = LakeCatalog.open(spec.catalog)
  @volatile private var opened = false
  private val tables = mutable.Map.empty[String, KeyedTable]

  def open(name: String, rule: UpsertRule): KeyedTable = synchronized {
    opened = true
    tables.getOrElseUpdate(name, KeyedTable.open(catalog, LakeCatalog.identifier(name), rule))
  }

  /** Opens a table once it has been created. */
  def await(name: String, rule: UpsertRule): KeyedTable = awaited(s"table $name exists")(open(name, rule))

  /**
   * Opens the layers once their tables have been created.
   *
   * @param divisor by how much their runs are smaller than usual
   */
  def awaitLayers(divisor: Int): LakeLayers = {
    opened = true
    awaited("the tables of the layers exist")(LakeLayers.open(catalog, spec, LakeLayers.Tuning.DEFAULT.divided(divisor)))
  }

  private def awaited[T](what: String)(open: => T): T =
    Await.until(what) {
      try Some(open)
      catch { case _: NoSuchTableException | _: org.apache.iceberg.jdbc.UncheckedSQLException => None }
    }

  override def close(): Unit = synchronized {
    if (opened) catalog match {
      case closeable: Closeable => closeable.close()
      case _ => ()
    }
  }
}
