package io.cryptodm.jobs

import java.nio.file.{Files, Path}
import java.util.concurrent.ConcurrentLinkedQueue

import org.apache.commons.io.FileUtils
import org.scalatest.{BeforeAndAfterAll, Suite}

import scala.jdk.CollectionConverters._

/** Folders of a suite, which are removed at its end. */
trait TestFolders extends BeforeAndAfterAll { this: Suite =>
  private val made = new ConcurrentLinkedQueue[Path]

  /** @param name how the name of the folder begins */
  protected def newFolder(name: String): Path = {
    val folder = Files.createTempDirectory(name)
    made.add(folder)
    folder
  }

  override protected def afterAll(): Unit =
    try super.afterAll()
    finally made.asScala.foreach(folder => FileUtils.deleteQuietly(folder.toFile))
}
