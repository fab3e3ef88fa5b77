import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Runs one statement of SQL with Spark as a program of PySpark has set it: the input has a setting a line, name and value with a tab between them, then
 * a line with the statement. Prints the rows as CSV. What a session knows from its start only is set before it.
 */
public class SparkSettings {
  public static void main(String[] args) throws Exception {
    List<String> lines = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    List<String[]> settings = lines.subList(0, lines.size() - 1).stream().map(line -> line.split("\t", 2)).toList();
    SparkSession.Builder start = SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC");
    settings.stream().filter(SparkSettings::isOfStart).forEach(setting -> start.config(setting[0], setting[1]));
    SparkSession spark = start.getOrCreate();
    try {
      settings.stream().filter(setting -> !isOfStart(setting)).forEach(setting -> spark.conf().set(setting[0], setting[1]));
      spark.sql(lines.get(lines.size() - 1)).collectAsList().forEach(row -> System.out.println(written(row)));
    } finally {
      spark.stop();
    }
  }

  private static boolean isOfStart(String[] setting) {
    return setting[0].equals("spark.sql.extensions");
  }

  private static String written(Row row) {
    return IntStream.range(0, row.size()).mapToObj(at -> written(row.get(at))).collect(Collectors.joining(","));
  }

  private static String written(Object value) {
    return value instanceof BigDecimal decimal ? decimal.toPlainString() : String.valueOf(value);
  }
}
