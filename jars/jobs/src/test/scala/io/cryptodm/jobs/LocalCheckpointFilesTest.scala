package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileAlreadyExistsException, Path}
import org.scalatest.funsuite.AnyFunSuite

class LocalCheckpointFilesTest extends AnyFunSuite with TestFolders {
  private val folder = newFolder("checkpoint")
  private val files = new LocalCheckpointFiles(new Path(folder.toString), new Configuration)

  private def write(name: String, text: String, overwrite: Boolean, cancel: Boolean = false): Unit = {
    val out = files.createAtomic(new Path(folder.toString, name), overwrite)
    out.write(text.getBytes(UTF_8))
    if (cancel) out.cancel() else out.close()
  }

  test("a file appears as a whole or not at all") {
    write("0", "one", overwrite = false)
    write("1", "half", overwrite = false, cancel = true)
    assert(files.list(new Path(folder.toString)).map(_.getPath.getName).toSeq == Seq("0"))
    val in = files.open(new Path(folder.toString, "0"))
    assert(new String(in.readAllBytes(), UTF_8) == "one")
    in.close()
  }

  test("a batch that was planned already is not planned again") {
    write("2", "one", overwrite = false)
    assertThrows[FileAlreadyExistsException](write("2", "two", overwrite = false))
    write("2", "two", overwrite = true)
    assert(Files.readString(folder.resolve("2")) == "two")
  }

  test("among the ten batches that are kept two are synced, and what is written once always is") {
    (0 to 20).foreach(first => assert((first until first + 10).count(batch => isDurable(batch.toString)) == 2))
    assert(isDurable("metadata"))
  }

  private def isDurable(name: String): Boolean = LocalCheckpointFiles.isDurable(folder.resolve(name))
}
