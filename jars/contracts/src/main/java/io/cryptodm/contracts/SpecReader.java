package io.cryptodm.contracts;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Maps the JSON of a spec to its records, and checks references between them. */
final class SpecReader {
  private static final int VERSION = 1;

  private SpecReader() {}

  static Spec read(byte[] json, String origin) {
    SpecNode root = SpecNode.parse(json, origin);
    int version = root.at("version").integer(1);
    if (version != VERSION) {
      throw root.at("version").wrong("must be " + VERSION + " for these jars but is " + version);
    }
    Map<String, Spec.Topic> topics = root.at("topics").entries(SpecReader::topic);
    List<Spec.Table> tables = root.at("tables").items(SpecReader::table);
    return new Spec(
        version,
        root.at("lake").text(),
        kafka(root.at("kafka")),
        topics,
        catalog(root.at("catalog")),
        tables,
        root.at("views").orEmptyArray().items(view -> new Spec.View(view.at("name").text(), view.at("select").text())),
        search(root.at("search")),
        root.at("coins").items(SpecReader::coin),
        root.at("renamed").orEmptyObject().entries(SpecNode::text),
        producers(root.at("producers"), topics),
        root.at("jobs").items(job -> job(job, topics, tables)));
  }

  private static Spec.Kafka kafka(SpecNode node) {
    return new Spec.Kafka(node.at("bootstrapServers").text(), node.at("clusterId").textOrNull(), node.at("properties").orEmptyObject().entries(SpecNode::scalar));
  }

  private static Spec.Topic topic(SpecNode node) {
    return new Spec.Topic(
        node.at("name").text(),
        node.at("partitions").integer(1),
        node.at("replication").integer(1),
        generations(node),
        node.at("config").orEmptyObject().entries(SpecNode::scalar),
        node.at("bound").orNull(SpecReader::bound));
  }

  private static Spec.Bound bound(SpecNode node) {
    return new Spec.Bound(node.at("bytes").whole(1), Duration.ofSeconds(node.at("seconds").whole(1)));
  }

  private static Generations generations(SpecNode topic) {
    long present = topic.at("generation").whole(1);
    List<Generations.Begin> begins = topic.at("begins").orEmptyArray().items(SpecReader::begin);
    if (begins.isEmpty()) {
      return Generations.whole(present);
    }
    Generations generations;
    try {
      generations = new Generations(begins);
    } catch (IllegalArgumentException e) {
      throw topic.at("begins").wrong(e.getMessage());
    }
    if (generations.present() != present) {
      throw topic.at("begins").wrong("must end with generation " + present + " but ends with " + generations.present());
    }
    return generations;
  }

  private static Generations.Begin begin(SpecNode node) {
    Map<Integer, Long> from = new HashMap<>();
    node.at("from").entries(offset -> offset.whole(0)).forEach((partition, offset) -> from.put(partition(node, partition), offset));
    return new Generations.Begin(node.at("generation").whole(1), from);
  }

  private static Integer partition(SpecNode node, String name) {
    try {
      return Integer.valueOf(name);
    } catch (NumberFormatException e) {
      throw node.at("from").wrong("must name partitions but has '" + Fault.excerpt(name) + "'");
    }
  }

  private static Spec.Catalog catalog(SpecNode node) {
    return new Spec.Catalog(node.at("name").text(), node.at("properties").entries(SpecNode::scalar));
  }

  private static Spec.Table table(SpecNode node) {
    return new Spec.Table(
        node.at("name").text(),
        node.at("columns").items(SpecReader::column),
        node.at("identifier").items(SpecNode::text),
        node.at("partition").items(field -> new Spec.PartitionField(field.at("transform").text(), field.at("column").text())),
        node.at("sort").items(SpecNode::text),
        node.at("properties").orEmptyObject().entries(SpecNode::scalar));
  }

  private static Spec.Column column(SpecNode node) {
    String doc = node.at("doc").textOrNull();
    return new Spec.Column(node.at("name").text(), node.at("type").text(), node.at("required").bool(), doc == null ? "" : doc);
  }

  private static Spec.Search search(SpecNode node) {
    return new Spec.Search(
        node.at("url").text(),
        node.at("index").text(),
        node.at("alias").text(),
        node.at("lakeAlias").textOrNull(),
        node.at("userEnv").textOrNull(),
        node.at("passwordEnv").textOrNull(),
        node.at("secret").textOrNull(),
        node.at("credentialFile").textOrNull(),
        node.at("definition").jsonOrNull());
  }

  private static Spec.Coin coin(SpecNode node) {
    Pair pair = pair(node.at("pair"), node.at("pair").text());
    for (String side : List.of("base", "quote")) {
      String expected = side.equals("base") ? pair.base() : pair.quote();
      String found = node.at(side).textOrNull();
      if (found != null && !found.equals(expected)) {
        throw node.at(side).wrong("must be '" + expected + "' as in the pair but is '" + found + "'");
      }
    }
    return new Spec.Coin(pair, node.at("price").positive(), node.at("drift").numberOr(0));
  }

  private static Pair pair(SpecNode node, String text) {
    try {
      return Pair.parse(text);
    } catch (IllegalArgumentException e) {
      throw node.wrong(e.getMessage());
    }
  }

  private static Spec.Producers producers(SpecNode node, Map<String, Spec.Topic> topics) {
    Spec.Market market = node.at("market").orNull(its -> market(its, topics));
    return new Spec.Producers(quotes(node.at("quotes"), topics), trades(node.at("trades"), topics), market == null ? Spec.Market.NONE : market);
  }

  private static Spec.Quotes quotes(SpecNode node, Map<String, Spec.Topic> topics) {
    return new Spec.Quotes(
        known(node.at("topic"), topics),
        node.at("source").text(),
        node.at("pollSeconds").positive().doubleValue(),
        node.at("historySeconds").notNegative(),
        node.at("alpacaUrl").text(),
        node.at("keyIdEnv").textOrNull(),
        node.at("secretKeyEnv").textOrNull(),
        node.at("speed").positive().doubleValue(),
        node.at("seed").whole(Long.MIN_VALUE),
        node.at("rate").notNegative(),
        node.at("keysSecret").textOrNull(),
        node.at("kept").orEmptyArray().items(SpecReader::kept));
  }

  private static Spec.Kept kept(SpecNode node) {
    SpecNode last = node.at("last");
    try {
      return new Spec.Kept(pair(node.at("pair"), node.at("pair").text()), node.at("source").text(), Instant.parse(last.text()));
    } catch (DateTimeParseException e) {
      throw last.wrong("must be a time such as 2026-01-02T03:04:00Z but is '" + last.text() + "'");
    }
  }

  private static Spec.Trades trades(SpecNode node, Map<String, Spec.Topic> topics) {
    return new Spec.Trades(
        known(node.at("topic"), topics),
        node.at("rate").notNegative(),
        node.at("users").integer(1),
        node.at("seed").whole(Long.MIN_VALUE));
  }

  private static Spec.Market market(SpecNode node, Map<String, Spec.Topic> topics) {
    Map<String, String> streams = node.at("streams").entries(SpecNode::text);
    Map<String, String> urls = node.at("urls").entries(SpecNode::text);
    SpecNode bars = node.at("bars").orEmptyObject();
    Map<Pair, String> chosen = new HashMap<>();
    bars.entries(exchange -> known(exchange, streams, "exchanges")).forEach((pair, exchange) -> chosen.put(pair(bars, pair), exchange));
    return new Spec.Market(known(node.at("topic"), topics), streams, urls, Map.copyOf(chosen));
  }

  private static Spec.Job job(SpecNode node, Map<String, Spec.Topic> topics, List<Spec.Table> tables) {
    Spec.Job.Kind kind = kind(node.at("kind"));
    boolean streams = kind != Spec.Job.Kind.TABLES_TO_LAYERS;
    return new Spec.Job(
        node.at("id").text(),
        kind,
        node.at("jar").text(),
        node.at("mainClass").text(),
        streams ? known(node.at("topic"), topics) : null,
        knownTable(node.at("table"), tables),
        knownTable(node.at("badTable"), tables),
        knownTable(node.at("coverageTable"), tables),
        knownTable(node.at("holeTable"), tables),
        knownTable(node.at("candleTable"), tables),
        node.at("trigger").text(),
        streams ? node.at("checkpoint").text() : null,
        streams ? node.at("continues").textOrNull() : null,
        streams ? node.at("maxOffsetsPerTrigger").whole(1) : 0,
        node.at("progressFile").textOrNull(),
        streams ? List.of() : node.at("inputs").items(input -> knownTable(input, tables)));
  }

  private static Spec.Job.Kind kind(SpecNode node) {
    String text = node.text();
    return Arrays.stream(Spec.Job.Kind.values())
        .filter(kind -> kind.wire().equals(text))
        .findFirst()
        .orElseThrow(
            () -> {
              String allowed = Arrays.stream(Spec.Job.Kind.values()).map(Spec.Job.Kind::wire).collect(Collectors.joining(", "));
              return node.wrong("must be one of " + allowed + " but is '" + text + "'");
            });
  }

  private static String known(SpecNode node, Map<String, Spec.Topic> topics) {
    return known(node, topics, "topics");
  }

  private static String known(SpecNode node, Map<String, ?> ids, String what) {
    String id = node.text();
    if (!ids.containsKey(id)) {
      throw node.wrong("must be one of the " + what + " " + String.join(", ", ids.keySet()) + " but is '" + id + "'");
    }
    return id;
  }

  private static String knownTable(SpecNode node, List<Spec.Table> tables) {
    String name = node.textOrNull();
    if (name != null && tables.stream().noneMatch(table -> table.name().equals(name))) {
      throw node.wrong("is '" + name + "', which is missing under 'tables'");
    }
    return name;
  }
}
