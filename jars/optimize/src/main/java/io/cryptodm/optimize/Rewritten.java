package io.cryptodm.optimize;

import java.util.List;
import org.apache.iceberg.actions.RewriteFileGroup;

/** Number of files that were read and replaced, and their bytes. */
record Rewritten(long files, long bytes) {
  static final Rewritten NONE = new Rewritten(0, 0);

  static Rewritten of(List<RewriteFileGroup> groups) {
    return new Rewritten(
        groups.stream().mapToLong(RewriteFileGroup::inputFileNum).sum(), groups.stream().mapToLong(RewriteFileGroup::inputFilesSizeInBytes).sum());
  }

  Rewritten plus(Rewritten other) {
    return new Rewritten(files + other.files, bytes + other.bytes);
  }
}
