package io.cryptodm.jobs

import org.apache.spark.sql.SparkSession

/** The one Spark session of all tests; it stops with the JVM. */
object SharedSpark {
  private lazy val session = LakeSession.onThisMachine("tests")

  def withSession[T](use: SparkSession => T): T = use(session)
}
