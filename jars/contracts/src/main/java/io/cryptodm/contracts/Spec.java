package io.cryptodm.contracts;

import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The lake as it was rendered for the JVM ({@code docs/contracts.md}). Unknown properties are ignored; it holds no secret, only the names of
 * environment variables and of secrets in AWS Secrets Manager.
 *
 * @param version form of the spec, 1
 * @param lake the lake's name
 * @param topics by id: {@code quotes}, {@code trades}, {@code market}, {@code bad}
 * @param views in the catalog; empty for a lake whose queries bring the views with them
 * @param renamed later name of each coin that got one, such as {@code MATIC} to {@code POL}; empty in a spec of earlier versions
 */
public record Spec(
    int version,
    String lake,
    Kafka kafka,
    Map<String, Topic> topics,
    Catalog catalog,
    List<Table> tables,
    List<View> views,
    Search search,
    List<Coin> coins,
    Map<String, String> renamed,
    Producers producers,
    List<Job> jobs) {

  /**
   * Reads a spec file.
   *
   * @throws SpecException naming the file and, for a wrong value, its path inside
   */
  public static Spec read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new SpecException("spec " + file + ": there is no such file");
    } catch (IOException e) {
      throw new SpecException("spec " + file + ": cannot be read: " + e.getMessage(), e);
    }
    return SpecReader.read(text.getBytes(StandardCharsets.UTF_8), "spec " + file);
  }

  /**
   * Reads a spec from a file, or from the store of a lake in an account.
   *
   * @param place path of a file, or {@code s3://BUCKET/KEY}
   * @throws SpecException naming the place and, for a wrong value, its path inside
   */
  public static Spec readFrom(String place) {
    if (!place.startsWith("s3://")) {
      return read(Path.of(place));
    }
    String origin = "spec " + place;
    URI uri;
    try {
      uri = new URI(place);
    } catch (URISyntaxException e) {
      throw new SpecException(origin + ": is no address", e);
    }
    SpecStore store =
        ServiceLoader.load(SpecStore.class, SpecStore.class.getClassLoader())
            .findFirst()
            .orElseThrow(() -> new SpecException(origin + ": this jar reads files only; it is for a lake on a machine"));
    return SpecReader.read(store.read(uri), origin);
  }

  /**
   * Reads a spec from its text.
   *
   * @throws SpecException naming the path of the wrong value
   */
  public static Spec parse(String json) {
    return SpecReader.read(json.getBytes(StandardCharsets.UTF_8), "spec");
  }

  /**
   * The topic of an id.
   *
   * @throws SpecException if the spec has none
   */
  public Topic topic(String id) {
    Topic topic = topics.get(id);
    if (topic == null) {
      throw new SpecException("spec: topics." + id + ": missing");
    }
    return topic;
  }

  /**
   * The table of a full name such as {@code crypto_db.crypto_quote}.
   *
   * @throws SpecException if the spec has none
   */
  public Table table(String name) {
    return tables.stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new SpecException("spec: tables: there is no table '" + name + "'"));
  }

  /** The job of an id, if there is one. */
  public Optional<Job> job(String id) {
    return jobs.stream().filter(job -> job.id().equals(id)).findFirst();
  }

  /**
   * How to reach the broker; {@code properties} go to every client as they are.
   *
   * @param clusterId of the broker that is meant, or null where any that answers is taken
   */
  public record Kafka(String bootstrapServers, String clusterId, Map<String, String> properties) {

    /** The id of a client: it names the cluster that is meant, so that the broker of another lake refuses its requests. */
    public String clientId(String name) {
      return clusterId == null ? name : name + "@" + clusterId;
    }

    /** Whether a broker of this cluster id is the one that is meant; a cluster without an id is taken only where none is named. */
    public boolean means(String found) {
      return clusterId == null || clusterId.equals(found);
    }

    /** What a person reads when another broker answers. */
    public String foreign() {
      return "what answers at " + bootstrapServers + " is not the Kafka of this lake";
    }
  }

  /**
   * A topic, with the generations whose records stand in it.
   *
   * @param bound what it keeps of records that its readers have taken, and the size that it never reaches; null for a topic without readers
   */
  public record Topic(String name, int partitions, int replication, Generations generations, Map<String, String> config, Bound bound) {}

  /** Bytes of all partitions of a topic together, of one replica each, and the age of its records. */
  public record Bound(long bytes, Duration age) {}

  /** The Iceberg catalog. */
  public record Catalog(String name, Map<String, String> properties) {}

  /** A table; {@code identifier} and {@code sort} name columns. */
  public record Table(
      String name,
      List<Column> columns,
      List<String> identifier,
      List<PartitionField> partition,
      List<String> sort,
      Map<String, String> properties) {}

  /** A column; {@code type} is Iceberg's, such as {@code decimal(24, 12)}; {@code doc} may be empty. */
  public record Column(String name, String type, boolean required, String doc) {}

  /** A partition field, such as {@code day} of {@code start_window}. */
  public record PartitionField(String transform, String column) {}

  /** A view: its full name and the statement behind it, in SQL that DuckDB and Athena share. */
  public record View(String name, String select) {}

  /**
   * Elasticsearch; where no login is needed, all that name one are null.
   *
   * @param lakeAlias alias that only the index of this lake has, so that a request to it fails on any other node; null where none is needed
   * @param userEnv environment variable that holds the user
   * @param passwordEnv environment variable that holds the password
   * @param secret name of the secret with {@code username} and {@code password}; it has precedence over the environment
   * @param credentialFile path of the file with the credential of a lake on this machine, see {@link CredentialFile}
   * @param definition JSON of the declared {@code settings} and {@code mappings}; null in specs of earlier versions
   */
  public record Search(
      String url,
      String index,
      String alias,
      String lakeAlias,
      String userEnv,
      String passwordEnv,
      String secret,
      String credentialFile,
      String definition)
      implements Serializable {

    /** Whether the node of a lake of this id is the one that is meant. */
    public boolean means(String lake) {
      return lakeAlias == null || lakeAlias.equals("lake-" + lake);
    }
  }

  /** A coin; {@code price} is where a simulation starts, {@code drift} its trend in a year (0.5 = half as much again), 0 when absent. */
  public record Coin(Pair pair, BigDecimal price, double drift) {}

  /** @param market in a spec of earlier versions without any exchange */
  public record Producers(Quotes quotes, Trades trades, Market market) {}

  /**
   * The producer of quotes.
   *
   * @param topic id of its topic
   * @param source {@code auto}, {@code alpaca}, {@code simulate}, {@code replay:FILE}, or names of exchanges such as {@code coinbase,kraken}
   * @param pollSeconds between two polls
   * @param historySeconds how far back a coin that is new gets its history; 0 for none
   * @param keyIdEnv environment variable that may hold the key's id; null for none
   * @param secretKeyEnv environment variable that may hold the key's secret; null for none
   * @param speed how many times faster than real time a simulation runs; 1 = real time
   * @param seed of the simulation
   * @param rate events per second; 0 = natural
   * @param keysSecret name of the secret with {@code keyId} and {@code secretKey}; null for none; it has precedence over the environment
   * @param kept prices of which the topic shows nothing, because it was made again
   */
  public record Quotes(
      String topic,
      String source,
      double pollSeconds,
      double historySeconds,
      String alpacaUrl,
      String keyIdEnv,
      String secretKeyEnv,
      double speed,
      long seed,
      double rate,
      String keysSecret,
      List<Kept> kept) {}

  /** What tables hold of topics that are gone: the last minute of a source of a pair. */
  public record Kept(Pair pair, String source, Instant last) {}

  /** The producer of simulated trades: {@code rate} trades per second of {@code users} users to the topic of id {@code topic}. */
  public record Trades(String topic, double rate, int users, long seed) {}

  /**
   * The exchanges whose trades can be followed, by the name of their source.
   *
   * @param topic id of the topic of their trades; null in a spec of earlier versions
   * @param streams address of each one's stream
   * @param urls address of each one's history
   * @param bars for a pair the exchange that makes its bars, where it is not the first one that the source names
   */
  public record Market(String topic, Map<String, String> streams, Map<String, String> urls, Map<Pair, String> bars) {
    static final Market NONE = new Market(null, Map.of(), Map.of(), Map.of());
  }

  /**
   * A job that runs for as long as the lake does.
   *
   * @param topic id of its topic; null for one that reads tables
   * @param table full name of the table it fills, or null
   * @param badTable full name of the table of bad records, or null
   * @param coverageTable full name of the table of coverage, or null
   * @param holeTable full name of the table of holes in the trades of exchanges, or null
   * @param candleTable full name of the table of candles that differ, or null
   * @param trigger such as {@code 1 second}
   * @param checkpoint URI; null for one that reads tables
   * @param continues URI of the checkpoint that it had before its topic lost records; null when its topic did not
   * @param maxOffsetsPerTrigger 0 for one that reads tables
   * @param progressFile path or URI, or null
   * @param inputs full names of the tables that it reads, for one that reads tables
   */
  public record Job(
      String id,
      Kind kind,
      String jar,
      String mainClass,
      String topic,
      String table,
      String badTable,
      String coverageTable,
      String holeTable,
      String candleTable,
      String trigger,
      String checkpoint,
      String continues,
      long maxOffsetsPerTrigger,
      String progressFile,
      List<String> inputs) {

    /** What a job does. */
    public enum Kind {
      QUOTES_TO_TABLE("quotes-to-table"),
      TRADES_TO_TABLE("trades-to-table"),
      MARKET_TO_TABLE("market-to-table"),
      QUOTES_TO_INDEX("quotes-to-index"),
      TABLES_TO_LAYERS("tables-to-layers");

      private final String wire;

      Kind(String wire) {
        this.wire = wire;
      }

      /** The name in the spec. */
      public String wire() {
        return wire;
      }
    }
  }
}
