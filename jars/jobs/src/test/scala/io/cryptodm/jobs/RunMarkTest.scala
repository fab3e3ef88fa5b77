package io.cryptodm.jobs

import java.nio.file.Files

import org.scalatest.funsuite.AnyFunSuite

class RunMarkTest extends AnyFunSuite with TestFolders {
  private val folder = newFolder("cryptodm-run-mark")
  private val progress = folder.resolve("quotes.json").toString

  test("the process before gives way to the newest one") {
    val (before, after) = (RunMark.of("quotes", progress), RunMark.of("quotes", progress))
    before.take()
    assert(!before.isForeign)
    after.take()
    assert(before.isForeign)
    assert(!after.isForeign)
  }

  test("a process ends when another text is there, and the next one begins all the same") {
    val mark = RunMark.of("quotes", progress)
    mark.take()
    Files.writeString(folder.resolve("quotes.run"), "retired 2026-12-02T00:00:00Z")
    assert(mark.isForeign)
    val next = RunMark.of("quotes", progress)
    next.take()
    assert(!next.isForeign)
  }

  test("a file that is gone says nothing") {
    val mark = RunMark.of("quotes", progress)
    mark.take()
    Files.delete(folder.resolve("quotes.run"))
    assert(!mark.isForeign)
  }

  test("a mark that could not be written is written later, and ends nobody before") {
    val target = folder.resolve("gone").resolve("trades.json")
    val mark = RunMark.of("trades", target.toString)
    Files.delete(target.getParent)
    mark.take()
    assert(!mark.isForeign)
    Files.createDirectory(target.getParent)
    assert(!mark.isForeign)
    Files.writeString(target.resolveSibling("trades.run"), "another")
    assert(mark.isForeign)
  }
}
