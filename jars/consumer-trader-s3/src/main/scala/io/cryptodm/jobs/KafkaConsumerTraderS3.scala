package io.cryptodm.jobs

/** Trades from their topic to the table of trades, as one job. `--spec URI`. */
object KafkaConsumerTraderS3 {
  def main(args: Array[String]): Unit = JobMain.run("io.cryptodm.jobs.KafkaConsumerTraderS3", args)
}
