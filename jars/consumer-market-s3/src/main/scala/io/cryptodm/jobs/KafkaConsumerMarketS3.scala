package io.cryptodm.jobs

/** Trades of exchanges from their topic to its tables, as one job. `--spec URI`. */
object KafkaConsumerMarketS3 {
  def main(args: Array[String]): Unit = JobMain.run("io.cryptodm.jobs.KafkaConsumerMarketS3", args)
}
