package io.cryptodm.jobs

/** The tables of bronze to silver and gold, as one job. `--spec URI`. */
object LakeLayersJob {
  def main(args: Array[String]): Unit = JobMain.run("io.cryptodm.jobs.LakeLayersJob", args)
}
