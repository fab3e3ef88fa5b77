package io.cryptodm.jobs

/** Runs one job for as long as it is wanted. */
trait Runner extends Runnable {

  /** Notes how the job does, for whoever looks at its progress; called a few times a second. */
  def observe(): Unit

  /** Ends it in order. */
  def stop(): Unit
}
