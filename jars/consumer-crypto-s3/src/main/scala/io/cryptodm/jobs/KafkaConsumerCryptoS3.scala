package io.cryptodm.jobs

/** Quotes from their topic to the table of quotes, as one job. `--spec URI`. */
object KafkaConsumerCryptoS3 {
  def main(args: Array[String]): Unit = JobMain.run("io.cryptodm.jobs.KafkaConsumerCryptoS3", args)
}
