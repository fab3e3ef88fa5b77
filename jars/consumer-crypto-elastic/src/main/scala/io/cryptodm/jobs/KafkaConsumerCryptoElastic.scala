package io.cryptodm.jobs

/** Quotes from their topic to the search index, as one job. `--spec URI`. */
object KafkaConsumerCryptoElastic {
  def main(args: Array[String]): Unit = JobMain.run("io.cryptodm.jobs.KafkaConsumerCryptoElastic", args)
}
