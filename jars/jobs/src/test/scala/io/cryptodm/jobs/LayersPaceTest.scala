package io.cryptodm.jobs

import org.scalatest.funsuite.AnyFunSuite

import scala.concurrent.duration._

class LayersPaceTest extends AnyFunSuite {
  /** A pace whose clock is moved by hand. */
  private final class Ground {
    private var now = 0L
    val pace = new LayersPace(5.seconds, () => now)

    def pass(time: FiniteDuration): Unit = now += time.toNanos

    def due: FiniteDuration = pace.untilDue.nanos

    /** A run that begins now, during which some things happen. @return whether it was to be a whole one */
    def take(takes: FiniteDuration, more: Boolean = false)(meanwhile: => Unit): Boolean = {
      val begun = now
      val whole = pace.begin()
      meanwhile
      pass(takes)
      pace.end(begun, whole, more)
      whole
    }

    def take(takes: FiniteDuration): Boolean = take(takes, more = false)(())
  }

  test("without new bars the layers run at their trigger, as whole") {
    val ground = new Ground
    import ground._
    assert(due <= Duration.Zero && take(200.millis))
    assert(due == 4800.millis)
    pass(4800.millis)
    assert(take(200.millis))
  }

  test("new bars are taken after a rest, and the trigger stays where it was") {
    val ground = new Ground
    import ground._
    take(200.millis)
    pace.noteBars()
    assert(due == 1.second)
    pass(1.second)
    assert(!take(50.millis))
    assert(due == 3750.millis)
    pace.noteBars()
    assert(due == 1.second)
    // Long after the rest: at once.
    pass(2.seconds)
    assert(due == -1.second && !take(50.millis))
  }

  test("the rest grows with the run, up to the trigger") {
    val ground = new Ground
    import ground._
    take(200.millis)
    pace.noteBars()
    pass(1.second)
    take(800.millis)
    pace.noteBars()
    assert(due == 1600.millis)
    pass(1600.millis)
    assert(!take(1.second))
    pace.noteBars()
    assert(due == 400.millis)
    pass(400.millis)
    assert(take(6.seconds))
    // It took longer than the time between two triggers.
    assert(due < Duration.Zero && take(200.millis))
  }

  test("bars that come within a run are taken by the next one") {
    val ground = new Ground
    import ground._
    assert(take(200.millis, more = false)(pace.noteBars()))
    assert(due == 1.second)
    pass(1.second)
    assert(!take(50.millis))
    assert(due == 3750.millis)
  }

  test("what a run has left is taken at once, by a whole one") {
    val ground = new Ground
    import ground._
    assert(take(200.millis, more = true)(()))
    assert(due <= Duration.Zero && take(200.millis))
    pass(1.second)
    pace.noteBars()
    assert(!take(50.millis, more = true)(()))
    assert(due <= Duration.Zero && take(50.millis))
  }

  test("who waits goes on when new bars come, and when it is stopped") {
    val real = new LayersPace(1.hour)
    real.end(System.nanoTime(), whole = true, more = false)
    val waiting = Seq(() => real.await(), () => real.pause(1.hour)).map(wait => new Thread(() => wait()))
    waiting.foreach(_.start())
    real.noteBars()
    waiting.head.join(60000)
    assert(!waiting.head.isAlive && waiting.last.isAlive)
    real.stop()
    waiting.last.join(60000)
    assert(!waiting.last.isAlive)
  }
}
