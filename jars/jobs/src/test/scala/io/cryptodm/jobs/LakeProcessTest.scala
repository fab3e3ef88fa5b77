package io.cryptodm.jobs

import java.util.concurrent.ExecutionException

import org.scalatest.funsuite.AnyFunSuite

import scala.concurrent.{Await => Futures}
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration._

class LakeProcessTest extends AnyFunSuite {

  test("a task that fails with an Error ends the wait with that error") {
    val unpacking = LakeProcess.begin[Int](throw new UnsatisfiedLinkError("no space left on device"))
    val failure = intercept[ExecutionException](Futures.result(unpacking, 10.seconds))
    assert(JobRunner.reason(failure) == "UnsatisfiedLinkError: no space left on device")
    assert(Futures.result(LakeProcess.begin(3), 10.seconds) == 3)
  }
}
