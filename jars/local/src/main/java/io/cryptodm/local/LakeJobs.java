package io.cryptodm.local;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Options;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.jobs.LakeProcess;
import java.nio.file.Path;

/** All jobs of a lake in one Spark process: {@code --spec F}. Exit codes: 0 stopped, 2 bad arguments or spec, 1 a job gave up. */
public final class LakeJobs {
  private LakeJobs() {}

  public static void main(String[] args) {
    Spec spec = null;
    try {
      spec = Spec.read(Path.of(Arguments.parse(args, Options.of("spec")).required("spec")));
    } catch (IllegalArgumentException | SpecException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
    int code = LakeProcess.ofAll(spec).run();
    // During a stop by signal the JVM is already ending, and a second exit would wait for itself.
    if (code != 0) {
      System.exit(code);
    }
  }
}
