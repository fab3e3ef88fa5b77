package io.cryptodm.jobs

import scala.concurrent.duration._

/**
 * When the layers run: all of them at their trigger, and in between the candles, soon after new bars. After each run they rest twice as long as it
 * took, and at least a second: the more a run costs, the closer the next one comes to the trigger.
 *
 * @param every between the begins of two whole runs
 */
final class LayersPace(every: Duration, nanos: () => Long = () => System.nanoTime()) {
  import LayersPace._

  private var hasBars = false
  private var stopped = false
  private var wholeAt = nanos()
  private var restedAt = nanos()

  /** The table of quotes has new bars. */
  def noteBars(): Unit = synchronized {
    hasBars = true
    notifyAll()
  }

  /** Ends all waiting. */
  def stop(): Unit = synchronized {
    stopped = true
    notifyAll()
  }

  /** A run begins, which looks for all bars of before. @return whether it is to be a whole one */
  def begin(): Boolean = synchronized {
    hasBars = false
    isWholeDue
  }

  /**
   * A run has ended.
   *
   * @param begun when it began, by the same clock
   * @param more whether rows are left, which a whole run is to take at once
   */
  def end(begun: Long, whole: Boolean, more: Boolean): Unit = synchronized {
    val now = nanos()
    if (more) wholeAt = now
    else if (whole) wholeAt = begun + every.toNanos
    restedAt = now + math.max(Rest.toNanos, RestFactor * (now - begun))
  }

  /** Waits until a run is due, or `stop`. */
  def await(): Unit = waitWhile(untilDue)

  /** Waits for a time, also when new bars come, or for `stop`. */
  def pause(time: Duration): Unit = {
    val until = nanos() + time.toNanos
    waitWhile(until - nanos())
  }

  private def waitWhile(nanosLeft: => Long): Unit = synchronized {
    var left = nanosLeft
    while (!stopped && left > 0) {
      wait(left / 1000000 + 1)
      left = nanosLeft
    }
  }

  /** Nanoseconds until a run is due; not above 0 when it is. */
  private[jobs] def untilDue: Long = synchronized {
    val now = nanos()
    val whole = wholeAt - now
    if (hasBars) math.min(whole, restedAt - now) else whole
  }

  private def isWholeDue: Boolean = wholeAt - nanos() <= 0
}

object LayersPace {
  private[jobs] val Rest = 1.second
  private[jobs] val RestFactor = 2
}
