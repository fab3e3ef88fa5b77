package io.cryptodm.jobs

import org.apache.spark.sql.SparkSession

/** Lends the one session of the tests; the virtual machine's end stops it. */
object SparkLoan {
  private lazy val session = LakeSession.onThisMachine("tests")

  def withSession[T](use: SparkSession => T): T = use(session)
}
