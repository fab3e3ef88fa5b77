package io.cryptodm.functions;

import java.time.Duration;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.athena.model.QueryExecutionStatus;

/** A statement that Athena runs to its end. */
final class AthenaStatement {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private AthenaStatement() {}

  /**
   * @param database to which names without a database belong
   * @throws FunctionFault with Athena's reason when it fails or is cancelled
   */
  static void run(AthenaClient athena, String sql, String workgroup, String database) throws InterruptedException {
    String id =
        athena
            .startQueryExecution(
                request -> request.queryString(sql).workGroup(workgroup).queryExecutionContext(context -> context.database(database)))
            .queryExecutionId();
    for (Duration pause = FIRST_PAUSE; ; pause = longer(pause)) {
      QueryExecutionStatus status = athena.getQueryExecution(request -> request.queryExecutionId(id)).queryExecution().status();
      switch (status.state()) {
        case SUCCEEDED -> {
          return;
        }
        case FAILED ->
            throw new FunctionFault(status.stateChangeReason() == null ? "Athena gives no reason" : status.stateChangeReason(), "query " + id, null, null);
        case CANCELLED -> throw new FunctionFault("the query was cancelled", "query " + id, null, null);
        default -> Thread.sleep(pause.toMillis());
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration next = pause.multipliedBy(3).dividedBy(2);
    return next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next;
  }
}
