package io.cryptodm.jobs

import io.cryptodm.contracts.{Arguments, Options, Spec, SpecException}
import io.cryptodm.tables.catalog.SpecFile

/** The main of a job that runs on its own, by `spark-submit`: `--spec URI`. */
object JobMain {

  /** Never returns. Exit codes: 0 stopped, 2 bad arguments or spec, 1 anything else. */
  def run(mainClass: String, args: Array[String]): Unit = {
    val (spec, job) =
      try {
        val read = SpecFile.read(Arguments.parse(args, Options.of("spec")).required("spec"))
        (read, find(read, mainClass))
      } catch {
        case e @ (_: SpecException | _: IllegalArgumentException) =>
          System.err.println(e.getMessage)
          sys.exit(2)
      }
    val mark = Option(job.progressFile).map(RunMark.of(job.id, _))
    val code = new LakeProcess(spec, Seq(job), () => LakeSession.onCluster(job.id), mark).run()
    if (code != 0) sys.exit(code)
  }

  private def find(spec: Spec, mainClass: String): Spec.Job =
    spec.jobs.stream
      .filter(_.mainClass == mainClass)
      .findFirst
      .orElseThrow(() => new IllegalArgumentException(s"The spec has no job with the main class $mainClass"))
}
