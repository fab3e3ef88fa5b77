package io.cryptodm.functions;

import static io.cryptodm.functions.AccountSpec.GOLDEN;
import static io.cryptodm.functions.AccountSpec.QUOTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Spec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.athena.model.GetQueryExecutionRequest;
import software.amazon.awssdk.services.athena.model.GetQueryExecutionResponse;
import software.amazon.awssdk.services.athena.model.GetQueryResultsRequest;
import software.amazon.awssdk.services.athena.model.GetQueryResultsResponse;
import software.amazon.awssdk.services.athena.model.QueryExecutionState;
import software.amazon.awssdk.services.athena.model.Row;
import software.amazon.awssdk.services.athena.model.StartQueryExecutionRequest;
import software.amazon.awssdk.services.athena.model.StartQueryExecutionResponse;

/** An Athena that knows only properties which its own statements have set. */
class AthenaPropertiesTest {
  private static final Pattern ALTER = Pattern.compile("ALTER TABLE (\\S+) SET TBLPROPERTIES \\((.*)\\)");
  private static final Pattern PAIR = Pattern.compile("'([^']+)'='([^']+)'");

  private final Map<String, Map<String, String>> known = new HashMap<>();
  private final List<String> statements = new ArrayList<>();
  private String refusal;

  private final AthenaClient client =
      new AthenaClient() {
        @Override
        public StartQueryExecutionResponse startQueryExecution(StartQueryExecutionRequest request) {
          assertEquals("acme-lake", request.workGroup());
          statements.add(request.queryString());
          return StartQueryExecutionResponse.builder().queryExecutionId(String.valueOf(statements.size() - 1)).build();
        }

        @Override
        public GetQueryExecutionResponse getQueryExecution(GetQueryExecutionRequest request) {
          Matcher alter = ALTER.matcher(statements.get(Integer.parseInt(request.queryExecutionId())));
          boolean fails = alter.matches() && refusal != null;
          if (alter.matches() && !fails) {
            Matcher pair = PAIR.matcher(alter.group(2));
            while (pair.find()) {
              known.computeIfAbsent(alter.group(1), name -> new HashMap<>()).put(pair.group(1), pair.group(2));
            }
          }
          QueryExecutionState state = fails ? QueryExecutionState.FAILED : QueryExecutionState.SUCCEEDED;
          return GetQueryExecutionResponse.builder()
              .queryExecution(query -> query.status(status -> status.state(state).stateChangeReason(refusal)))
              .build();
        }

        @Override
        public GetQueryResultsResponse getQueryResults(GetQueryResultsRequest request) {
          String table = statements.get(Integer.parseInt(request.queryExecutionId())).replace("SHOW TBLPROPERTIES ", "");
          List<Row> rows =
              known.getOrDefault(table, Map.of()).entrySet().stream()
                  .map(pair -> Row.builder().data(cell -> cell.varCharValue(pair.getKey() + "\t" + pair.getValue())).build())
                  .toList();
          return GetQueryResultsResponse.builder().resultSet(result -> result.rows(rows)).build();
        }

        @Override
        public String serviceName() {
          return "athena";
        }

        @Override
        public void close() {
          // Holds no resources.
        }
      };
  private final AthenaStatement athena = new AthenaStatement(client, "acme-lake");

  @Test
  void givesAthenaTheAgeOfSnapshotsOnce() throws InterruptedException {
    List<String> all = GOLDEN.tables().stream().filter(table -> table.properties().containsKey("history.expire.max-snapshot-age-ms")).map(Spec.Table::name).toList();
    assertEquals(all, AthenaProperties.settle(athena, GOLDEN.tables()));
    assertTrue(all.contains(QUOTES));
    assertEquals(Map.of("vacuum_max_snapshot_age_seconds", "604800", "vacuum_min_snapshots_to_keep", "1"), known.get(QUOTES));
    statements.clear();
    assertEquals(List.of(), AthenaProperties.settle(athena, GOLDEN.tables()));
    assertTrue(statements.stream().allMatch(sql -> sql.startsWith("SHOW ")), statements.toString());
  }

  @Test
  void setsOnlyWhatDiffers() throws InterruptedException {
    AthenaProperties.settle(athena, GOLDEN.tables());
    // A longer number that begins alike is another one.
    known.get(QUOTES).put("vacuum_max_snapshot_age_seconds", "6048000");
    statements.clear();
    assertEquals(List.of(QUOTES), AthenaProperties.settle(athena, GOLDEN.tables()));
    assertEquals("ALTER TABLE " + QUOTES + " SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='604800')", statements.get(statements.size() - 1));
  }

  @Test
  void failsWithAthenasReason() {
    refusal = "Unsupported table property key";
    FunctionFault fault = assertThrows(FunctionFault.class, () -> AthenaProperties.settle(athena, GOLDEN.tables()));
    assertEquals("Unsupported table property key", fault.getMessage());
  }
}
