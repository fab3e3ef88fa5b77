package io.cryptodm.jobs

import java.time.Duration

import io.cryptodm.contracts.Backoff

/** Runs one job until it is stopped. */
trait Runner extends Runnable {

  /** Updates the progress of the job; called a few times a second. */
  def observe(): Unit

  /** Looks whether what it reads is still what it was; called every two seconds. It never throws. */
  def watch(): Unit

  /** Stops it cleanly. */
  def stop(): Unit
}

object Runner {

  /** Waits between the attempts of a job that fails. */
  private[jobs] val Retries = Backoff.withoutJitter(Duration.ofSeconds(1), Duration.ofSeconds(30))
}
