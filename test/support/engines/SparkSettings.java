import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * Runs one statement of SQL with Spark as a program of PySpark has set it: the input has a setting a line, name and value with a tab between them, then
 * a line with the statement. Prints the rows as CSV.
 */
public class SparkSettings {
  public static void main(String[] args) throws Exception {
    List<String> lines = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    SparkSession spark = SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate();
    try {
      for (String line : lines.subList(0, lines.size() - 1)) {
        String[] setting = line.split("\t", 2);
        spark.conf().set(setting[0], setting[1]);
      }
      spark.sql(lines.get(lines.size() - 1)).collectAsList().forEach(row -> System.out.println(row.mkString(",")));
    } finally {
      spark.stop();
    }
  }
}
