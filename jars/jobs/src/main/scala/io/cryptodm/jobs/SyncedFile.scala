package io.cryptodm.jobs

import java.nio.channels.FileChannel
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, StandardCopyOption, StandardOpenOption}

/** Files of this machine that outlast a power cut. */
object SyncedFile {

  /** Writes a file, or the names in a folder, to the disk. @throws java.io.IOException when it isn't there, or the disk fails */
  private[jobs] def sync(path: Path): Unit = {
    val channel = FileChannel.open(path, StandardOpenOption.READ)
    try channel.force(true)
    finally channel.close()
  }

  /** Replaces a file in one move: after a power cut it is the former one or the new one. */
  private[jobs] def replace(target: Path, text: String): Unit = {
    Files.createDirectories(target.toAbsolutePath.getParent)
    val draft = target.resolveSibling(s".${target.getFileName}.tmp")
    Files.write(draft, text.getBytes(UTF_8))
    put(draft, target)
  }

  /** Moves a written draft to its place, so that both its bytes and its name are on the disk. */
  private[jobs] def put(draft: Path, target: Path): Unit = {
    sync(draft)
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
    sync(target.toAbsolutePath.getParent)
  }
}
