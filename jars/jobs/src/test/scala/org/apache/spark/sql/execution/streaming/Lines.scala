/** As the file of this name in `main`: an empty package leaves no class, so what is compiled after it does not see it. */
package org.apache.spark.sql.execution.streaming {
  package runtime {}
}
