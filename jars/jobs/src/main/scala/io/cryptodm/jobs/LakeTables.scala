package io.cryptodm.jobs

import java.io.Closeable

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.{KeyedTable, LakeCatalog, UpsertRule}
import org.apache.iceberg.catalog.Catalog
import org.apache.iceberg.exceptions.NoSuchTableException

import scala.collection.mutable

/** The tables of a lake, each opened once in a process. */
final class LakeTables(spec: Spec) extends AutoCloseable {
  private lazy val catalog: Catalog = LakeCatalog.open(spec.catalog)
  private val tables = mutable.Map.empty[String, KeyedTable]

  def open(name: String, rule: UpsertRule): KeyedTable = synchronized {
    tables.getOrElseUpdate(name, KeyedTable.open(catalog, LakeCatalog.identifier(name), rule))
  }

  /** Opens a table once it has been created. */
  def await(name: String, rule: UpsertRule): KeyedTable = {
    Await.until(s"table $name exists") {
      try Some(open(name, rule))
      catch { case _: NoSuchTableException | _: org.apache.iceberg.jdbc.UncheckedSQLException => None }
    }
  }

  override def close(): Unit = synchronized {
    if (tables.nonEmpty) catalog match {
      case closeable: Closeable => closeable.close()
      case _ => ()
    }
  }
}
