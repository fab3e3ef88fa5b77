package io.cryptodm.producer;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Options;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.contracts.UsageException;
import java.util.List;
import java.util.TimeZone;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * Creates the lake's topics or alters them to their declaration: {@code --spec FILE [--dry-run]}. It prints one JSON object,
 * {@code {"created":[name],"altered":[name],"unchanged":[name]}}. Exit codes: 0 done, 2 bad arguments or spec, 1 anything else.
 */
public final class Topics {
  private static final String HELP =
      """
      Usage: java -cp ProducerCrypto-1.0.jar io.cryptodm.producer.Topics --spec FILE [--dry-run]
      Creates the lake's topics, or alters them to the declaration. Nothing is ever deleted, and no partition removed.

        --spec FILE  the lake's spec, or s3://BUCKET/KEY of it
        --dry-run    only prints what would be done
        --help

      stdout: one JSON object; stderr: log. Exit codes: 0 done, 2 bad arguments or spec, 1 anything else.
      """;

  private static final Options OPTIONS = Options.of("spec").andFlags("dry-run").andHelp();

  private Topics() {}

  public static void main(String[] args) {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    System.exit(run(args));
  }

  private static int run(String[] args) {
    try {
      Arguments arguments = Arguments.parse(args, OPTIONS);
      if (arguments.help()) {
        System.out.print(HELP);
        return 0;
      }
      Spec spec = Spec.readFrom(arguments.required("spec"));
      try (Admin admin = new KafkaSettings(spec.kafka(), "cryptodm-topics").newAdmin()) {
        DeclaredTopics.Changes changes = new DeclaredTopics(admin, spec).apply(arguments.has("dry-run"));
        System.out.println(
            "{\"created\":%s,\"altered\":%s,\"unchanged\":%s}"
                .formatted(names(changes.created()), names(changes.altered()), names(changes.unchanged())));
      }
      return 0;
    } catch (UsageException | SpecException e) {
      System.err.println("Topics: " + e.getMessage());
      return 2;
    } catch (DeclaredTopics.RefusedChange | KafkaException e) {
      // The cause has the property that is wrong.
      String cause = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
      System.err.println("Topics: " + e.getMessage() + cause);
      return 1;
    }
  }

  /** Topic names need no JSON escapes. */
  private static String names(List<String> topics) {
    return topics.stream().map(topic -> '"' + topic + '"').collect(Collectors.joining(",", "[", "]"));
  }
}
