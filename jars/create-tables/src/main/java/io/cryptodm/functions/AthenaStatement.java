package io.cryptodm.functions;

import java.time.Duration;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.athena.model.Datum;
import software.amazon.awssdk.services.athena.model.QueryExecutionStatus;

/** Statements that Athena runs to their end. */
record AthenaStatement(AthenaClient athena, String workgroup) {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /**
   * Starts one and does not wait for it.
   *
   * @param database to which names without a database belong
   * @return its id
   */
  String start(String sql, String database) {
    return athena
        .startQueryExecution(request -> request.queryString(sql).workGroup(workgroup).queryExecutionContext(context -> context.database(database)))
        .queryExecutionId();
  }

  /** @throws FunctionFault with Athena's reason when it fails or is cancelled */
  void await(String id) throws InterruptedException {
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

  /** Starts one and waits for it. @throws FunctionFault as {@link #await} */
  void run(String sql, String database) throws InterruptedException {
    await(start(sql, database));
  }

  /** The first page of the result of one that has ended: a line a row, with tabs between its cells. */
  String lines(String id) {
    return athena.getQueryResults(request -> request.queryExecutionId(id)).resultSet().rows().stream()
        .map(row -> row.data().stream().map(Datum::varCharValue).map(String::valueOf).collect(Collectors.joining("\t")))
        .collect(Collectors.joining("\n"));
  }

  private static Duration longer(Duration pause) {
    Duration next = pause.multipliedBy(3).dividedBy(2);
    return next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next;
  }
}
