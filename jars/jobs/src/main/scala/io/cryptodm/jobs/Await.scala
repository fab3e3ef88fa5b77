package io.cryptodm.jobs

import java.util.concurrent.TimeoutException

import scala.annotation.tailrec
import scala.concurrent.duration._

/** Waits for another part of the lake. */
object Await {
  private val Poll = 100.millis
  private val Limit = 120.seconds

  /**
   * @param condition evaluated every 100 ms until it gives a value
   * @throws TimeoutException naming what is waited for, after 120 s
   */
  def until[T](what: String, limit: FiniteDuration = Limit)(condition: => Option[T]): T = {
    val deadline = limit.fromNow
    @tailrec def look(): T = condition match {
      case Some(value) => value
      case None if deadline.isOverdue() => throw new TimeoutException(s"Waited ${limit.toSeconds} s until $what")
      case None =>
        Thread.sleep(Poll.toMillis)
        look()
    }
    look()
  }
}
