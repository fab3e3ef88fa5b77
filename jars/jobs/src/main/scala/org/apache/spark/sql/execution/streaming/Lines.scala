/**
 * Where Spark's lines have the same classes in other packages: those of 4.1, which 3.5 lacks, exist here without a member, so that one import fits both
 * lines. No class comes of it.
 */
package org.apache.spark.sql.execution.streaming {
  package checkpointing {}
  package runtime {}
}
