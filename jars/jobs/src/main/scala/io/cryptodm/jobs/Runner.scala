package io.cryptodm.jobs

import java.time.Duration

import io.cryptodm.contracts.Backoff

/** Runs one job for as long as it is wanted. */
trait Runner extends Runnable {

  /** Notes how the job does, for whoever looks at its progress; called a few times a second. */
  def observe(): Unit

  /** Ends it in order. */
  def stop(): Unit
}

object Runner {

  /** Waits between the attempts of a job that fails. */
  private[jobs] val Retries = Backoff.withoutJitter(Duration.ofSeconds(1), Duration.ofSeconds(30))
}
