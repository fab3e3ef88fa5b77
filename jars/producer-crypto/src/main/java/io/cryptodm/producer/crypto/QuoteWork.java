package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.Secret;
import io.cryptodm.contracts.SecretException;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.Application;
import io.cryptodm.producer.KafkaSettings;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import io.cryptodm.producer.Clock;
import io.cryptodm.producer.market.Exchange;
import io.cryptodm.producer.market.ExchangeException;
import io.cryptodm.producer.market.ExchangeFeed;
import io.cryptodm.producer.market.Exchanges;
import io.cryptodm.producer.market.MarketSource;
import io.cryptodm.producer.market.TradeBackfill;
import io.cryptodm.producer.market.TradePlan;
import io.cryptodm.producer.market.TradeReplay;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the source of quotes, reports it, and runs it. */
final class QuoteWork implements Application.Work {
  private static final String REPLAY = "replay:";
  private static final String HISTORY = Sources.ALPACA_HISTORY;
  private static final String TRADES = "trade-history";
  private static final List<String> EXCHANGES = List.of(Sources.COINBASE, Sources.KRAKEN, Sources.ALPACA_STREAM);
  private static final Duration PROBE = Duration.ofSeconds(3);
  private static final Duration TAIL = Duration.ofSeconds(10);

  private final Arguments arguments;
  private final Spec spec;
  private final Spec.Quotes settings;
  private final String source;
  /** names of exchanges, for a source that names any */
  private final List<String> exchanges;
  private final List<Spec.Coin> coins;
  private final double rate;
  private final double speed;
  private final long seed;

  private QuoteWork(Arguments arguments, Spec spec) {
    this.arguments = arguments;
    this.spec = spec;
    this.settings = spec.producers().quotes();
    this.source = arguments.text("source").orElse(settings.source());
    this.exchanges = exchangesOf(source);
    boolean isOther = List.of("auto", "alpaca", "simulate", HISTORY, TRADES).contains(source) || source.startsWith(REPLAY) && source.length() > REPLAY.length();
    if (!isOther && exchanges.isEmpty()) {
      throw new UsageException(
          "--source must be auto, alpaca, simulate, alpaca-history, trade-history, replay:FILE, or one or more of " + String.join(", ", EXCHANGES) + " but is '" + source
              + "'");
    }
    // The history may be asked for a coin that the lake no longer follows.
    this.coins = source.startsWith(REPLAY) || isHistory() ? spec.coins() : arguments.coins(spec);
    this.rate = arguments.notNegative("rate").orElse(settings.rate());
    this.speed = arguments.positive("speed").orElse(settings.speed());
    this.seed = arguments.whole("seed", Long.MIN_VALUE).orElse(settings.seed());
    arguments.instant("from");
    arguments.pairs("coins");
    if (isHistory() != arguments.text("missing").isPresent()) {
      throw new UsageException("--source alpaca-history or trade-history and --missing FILE belong together");
    }
    recordedTimes();
    if (!List.of("stop", "skip").contains(arguments.text("bad-lines").orElse("stop"))) {
      throw new UsageException("--bad-lines must be stop or skip but is '" + arguments.text("bad-lines").orElse("") + "'");
    }
    for (String option : List.of("times", "bad-lines")) {
      if (!source.startsWith(REPLAY) && arguments.text(option).isPresent()) {
        throw new UsageException("--" + option + " is for recordings: --source replay:FILE");
      }
    }
    for (String option : List.of("rate", "speed", "from")) {
      if ((List.of("alpaca", HISTORY, TRADES).contains(source) || !exchanges.isEmpty()) && arguments.text(option).isPresent()) {
        throw new UsageException("--" + option + " is for simulate and replay; the market gives its own pace");
      }
    }
  }

  private boolean isHistory() {
    return source.equals(HISTORY) || source.equals(TRADES);
  }

  /** The exchanges that a source names; none for another source, and for one that names one twice. */
  private static List<String> exchangesOf(String source) {
    List<String> names = List.of(source.split(","));
    boolean areExchanges = EXCHANGES.containsAll(names) && names.stream().distinct().count() == names.size();
    return areExchanges ? names : List.of();
  }

  static QuoteWork prepare(Arguments arguments, Spec spec) {
    return new QuoteWork(arguments, spec);
  }

  @Override
  public String topic() {
    return settings.topic();
  }

  @Override
  public String marketTopic() {
    return exchanges.isEmpty() && !source.equals(TRADES) ? null : spec.producers().market().topic();
  }

  @Override
  public void run(Run run, Reporter reporter, KafkaSettings kafka) throws Exception {
    if (!exchanges.isEmpty()) {
      follow(run, reporter, kafka);
      return;
    }
    if (source.startsWith(REPLAY)) {
      replay(run, reporter, kafka);
      return;
    }
    if (source.equals(HISTORY)) {
      backfill(run, reporter, kafka);
      return;
    }
    if (source.equals(TRADES)) {
      backfillTrades(run, reporter, kafka);
      return;
    }
    // Reads farther back for the market while the probe runs; a simulation does not use the result.
    FutureTask<TopicTail> tail =
        readTail(kafka, run.time(), source.equals("simulate") ? TopicTail.Family.SIMULATION : TopicTail.Family.MARKET);
    switch (source) {
      case "alpaca" -> {
        reporter.source(Sources.ALPACA, "asked for");
        AlpacaSource alpaca = alpacaSource(run);
        refuseMix(tail, TopicTail.Family.MARKET, pairs());
        alpaca.resume(tail.get());
        alpaca.run(null);
      }
      case "simulate" -> {
        reporter.source(Sources.SIMULATE, "asked for");
        simulate(run, tail);
      }
      default -> auto(run, reporter, tail);
    }
  }

  private void follow(Run run, Reporter reporter, KafkaSettings kafka) throws Exception {
    Spec.Market market = spec.producers().market();
    FutureTask<TopicTail> tail = readTail(kafka, run.time(), TopicTail.Family.EXCHANGE);
    reporter.source(source, "asked for");
    refuseMix(tail, TopicTail.Family.EXCHANGE, pairs());
    Keys keys = keys();
    List<Exchange> followed = Exchanges.all(keys.id(), keys.secret()).stream().filter(its -> exchanges.contains(its.source())).toList();
    Map<String, ExchangeFeed.Endpoint> endpoints =
        exchanges.stream().collect(Collectors.toMap(its -> its, its -> new ExchangeFeed.Endpoint(market.streams().get(its), market.urls().get(its))));
    Map<Pair, String> bars = pairs().stream().collect(Collectors.toMap(pair -> pair, pair -> market.bars().getOrDefault(pair, exchanges.get(0))));
    MarketSource live = new MarketSource(followed, endpoints, pairs(), bars, run);
    Optional<TopicTail> known = lakeTail(tail);
    live.newestBars(newestBars(known));
    live.fillPast(fresh(known), firstHistory());
    live.continuePast(leftPasts(known));
    live.run(spec.topic(market.topic()).name(), kafka::newConsumer);
  }

  private void backfill(Run run, Reporter reporter, KafkaSettings kafka) throws Exception {
    MissingMinutes missing = MissingMinutes.read(arguments.path("missing").orElseThrow(), arguments.pairs("coins").orElse(pairs()));
    refuseMix(readTail(kafka, run.time(), null), TopicTail.Family.MARKET, missing.byPair().keySet());
    reporter.source(Sources.ALPACA_HISTORY, missing.minutes() + " minutes of " + missing.byPair().size() + " coins");
    new Backfill(client(run.time()), run, reporter).run(missing);
  }

  private void backfillTrades(Run run, Reporter reporter, KafkaSettings kafka) throws Exception {
    TradePlan plan = TradePlan.read(arguments.path("missing").orElseThrow(), EXCHANGES);
    refuseMix(readTail(kafka, run.time(), null), TopicTail.Family.EXCHANGE, plan.pairsWithBars());
    reporter.source(TRADES, plan.minutes() + " minutes of " + String.join(", ", plan.sources()));
    Map<String, String> urls = spec.producers().market().urls();
    for (String name : plan.sources()) {
      if (!urls.containsKey(name)) {
        throw new UsageException("the spec has no address of the history of " + name + ": it is of an earlier version, which \"up\" brings up to date");
      }
    }
    Keys keys = keys();
    List<Exchange> asked = Exchanges.all(keys.id(), keys.secret()).stream().filter(its -> plan.sources().contains(its.source())).toList();
    new TradeBackfill(asked, urls, run, reporter).run(plan);
  }

  private FutureTask<TopicTail> readTail(KafkaSettings kafka, Clock time, TopicTail.Family family) {
    String topic = spec.topic(settings.topic()).name();
    boolean permissions = spec.kafka().clusterId() == null;
    FutureTask<TopicTail> tail = new FutureTask<>(() -> TopicTail.read(topic, pairs(), family, permissions, kafka::newConsumer, time));
    Thread thread = new Thread(tail, "tail");
    thread.setDaemon(true);
    thread.start();
    return tail;
  }

  private void auto(Run run, Reporter reporter, FutureTask<TopicTail> tail) throws Exception {
    AlpacaSource alpaca = alpacaSource(run);
    List<BarReading> first = List.of();
    String reason = "Alpaca has no bar of these coins";
    try {
      first = probe(alpaca);
      if (!first.isEmpty()) {
        reason = "Alpaca's bars of these coins are refused: " + first.get(0).reason();
      }
    } catch (TimeoutException e) {
      reason = "Alpaca did not answer within " + PROBE.toSeconds() + " s";
    } catch (ExecutionException e) {
      reason = e.getCause().getMessage();
    }
    if (first.stream().allMatch(BarReading::isRefused)) {
      reporter.source(Sources.SIMULATE, reason);
      log().info("quotes are simulated: {}", reason);
      simulate(run, tail);
    } else {
      reporter.source(Sources.ALPACA, "Alpaca answers");
      log().info("quotes come from Alpaca");
      refuseMix(tail, TopicTail.Family.MARKET, pairs());
      alpaca.resume(tail.get());
      alpaca.run(first);
    }
  }

  /** Asks Alpaca once, on its own thread because name resolution has no timeout. */
  private static List<BarReading> probe(AlpacaSource alpaca) throws TimeoutException, ExecutionException, InterruptedException {
    FutureTask<List<BarReading>> reply = new FutureTask<>(alpaca::probe);
    Thread thread = new Thread(reply, "probe");
    thread.setDaemon(true);
    thread.start();
    return reply.get(PROBE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private AlpacaClient client(Clock time) {
    String url = arguments.text("alpaca-url").orElse(settings.alpacaUrl());
    Keys keys = keys();
    return new AlpacaClient(url, keys.id(), keys.secret(), time);
  }

  /** Keys of Alpaca; null for none. */
  private record Keys(String id, String secret) {
    @Override
    public String toString() {
      return "keys";
    }
  }

  private Keys keys() {
    Optional<Secret> found = settings.keysSecret() == null ? Optional.empty() : keys(settings.keysSecret());
    if (found.isPresent()) {
      return new Keys(found.get().field("keyId"), found.get().field("secretKey"));
    }
    String keyId = settings.keyIdEnv() == null ? null : System.getenv(settings.keyIdEnv());
    String secretKey = settings.secretKeyEnv() == null ? null : System.getenv(settings.secretKeyEnv());
    return new Keys(keyId, secretKey);
  }

  /** Keys are optional: Alpaca answers without them. */
  private static Optional<Secret> keys(String name) {
    try {
      return Secret.find(name);
    } catch (SecretException e) {
      if (!e.denied()) {
        throw e;
      }
      log().warn("goes on without keys of Alpaca: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private AlpacaSource alpacaSource(Run run) {
    Duration period = Duration.ofMillis((long) (settings.pollSeconds() * 1000));
    return new AlpacaSource(client(run.time()), pairs(), period, firstHistory(), run);
  }

  /** A run that ends after a number of events or a time is for these alone. */
  private Duration firstHistory() {
    boolean ends = arguments.text("count").isPresent() || arguments.text("duration").isPresent();
    return ends ? Duration.ZERO : Duration.ofSeconds((long) settings.historySeconds());
  }

  /**
   * The end of the topic of quotes, if it tells what the lake has: nothing while it can't be read, and nothing of a topic that was made again, because the
   * tables have bars of the earlier ones.
   */
  private Optional<TopicTail> lakeTail(FutureTask<TopicTail> tail) throws Exception {
    boolean isFirst = spec.topic(settings.topic()).generations().present() == 1;
    return tail.isDone() && isFirst ? Optional.of(tail.get()) : Optional.empty();
  }

  /** The newest minute of each coin of which the lake has a bar, {@link Instant#MIN} for none; nothing where that is not known. */
  private Map<Pair, Instant> newestBars(Optional<TopicTail> tail) {
    return tail.map(read -> pairs().stream().collect(Collectors.toMap(pair -> pair, read::newestMinute))).orElse(Map.of());
  }

  /** The coins of which the lake has no price; none while that is not known: candles of the past would replace bars that were made from trades. */
  private Set<Pair> fresh(Optional<TopicTail> tail) {
    return tail.map(read -> pairs().stream().filter(pair -> read.newestMinute(pair).equals(Instant.MIN)).collect(Collectors.toSet())).orElse(Set.of());
  }

  /** What an earlier run has left of the history of each coin. */
  private Map<Pair, MarketSource.Past> leftPasts(Optional<TopicTail> tail) {
    return tail.map(read -> read.leftPasts(pairs(), firstHistory())).orElse(Map.of());
  }

  private List<Pair> pairs() {
    return coins.stream().map(Spec.Coin::pair).toList();
  }

  /** Where the topic can't be read for long, such as with a wrong login, the producer goes on: what it sends says why it does not arrive. */
  private void refuseMix(FutureTask<TopicTail> tail, TopicTail.Family own, Collection<Pair> its) throws Exception {
    if (arguments.has("mix")) {
      return;
    }
    TopicTail known = new TopicTail();
    try {
      known = tail.get(TAIL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log().info("the end of the topic cannot be read yet, so that prices of another kind in it are not seen");
    }
    known.refuseMix(own, its, settings.kept());
  }

  private void simulate(Run run, FutureTask<TopicTail> tail) throws Exception {
    refuseMix(tail, TopicTail.Family.SIMULATION, pairs());
    Instant now = run.time().now();
    boolean shifted = speed != 1 || arguments.text("from").isPresent();
    Instant from = arguments.instant("from").orElse(speed > 1 ? now.minus(Duration.ofHours(24)) : now);
    if (from.isAfter(now)) {
      throw new UsageException("--from must not lie in the future but is " + from);
    }
    SimulatedSource simulated = new SimulatedSource(coins, seed, new SimulatedClock(run.time(), from, speed), firstHistory(), run);
    if (rate > 0) {
      simulated.runAtRate(rate);
    } else {
      simulated.runNaturally(shifted ? null : tail.get());
    }
  }

  private void replay(Run run, Reporter reporter, KafkaSettings kafka) throws Exception {
    Path file = Path.of(source.substring(REPLAY.length()));
    List<Pair> given = arguments.pairs("coins").orElse(List.of());
    if (TradeRecording.isOne(file)) {
      replayTrades(file, given, run, reporter, kafka);
      return;
    }
    Recording.Options options =
        new Recording.Options(given.size() == 1 ? given.get(0) : null, known(given), recordedTimes(), skipsBad());
    Recording recording = new Recording(file, options, run.time().now());
    Recording.Summary summary = recording.check();
    refuseMix(readTail(kafka, run.time(), null), TopicTail.Family.RECORDING, summary.pairs());
    String left = left(summary.refused());
    reporter.source(Sources.REPLAY, summary.bars() + " bars of " + file.getFileName() + ", " + summary.first() + " to " + summary.last() + left);
    summary.named().forEach(reporter::refused);
    OptionalDouble pace = rate > 0 ? OptionalDouble.of(rate) : OptionalDouble.empty();
    new ReplaySource(recording, run).run(summary, arguments.positive("speed"), pace);
  }

  private void replayTrades(Path file, List<Pair> coins, Run run, Reporter reporter, KafkaSettings kafka) throws Exception {
    if (arguments.text("rate").isPresent()) {
      throw new UsageException("--rate is for recordings of bars; trades go by their times: --speed");
    }
    TradeRecording recording = new TradeRecording(file, recordedTimes(), coins, EXCHANGES, skipsBad());
    TradeRecording.Summary summary = recording.check();
    refuseMix(readTail(kafka, run.time(), null), TopicTail.Family.RECORDING, summary.sources().keySet());
    String span = summary.first() + " to " + summary.last();
    reporter.source(Sources.REPLAY, summary.trades() + " trades of " + file.getFileName() + ", " + span + left(summary.refused()));
    summary.named().forEach(reporter::refused);
    TradeReplay replay = new TradeReplay(summary.first(), arguments.positive("speed"), run);
    recording.forEach(replay::take);
    replay.end();
  }

  private boolean skipsBad() {
    return arguments.text("bad-lines").map("skip"::equals).orElse(false);
  }

  private static String left(long refused) {
    return refused == 0 ? "" : "; " + refused + " lines are left out";
  }

  private List<Pair> known(List<Pair> given) {
    return Stream.concat(given.stream(), pairs().stream()).distinct().toList();
  }

  private RecordedTime recordedTimes() {
    String times = arguments.text("times").orElse("iso");
    return Arrays.stream(RecordedTime.values())
        .filter(its -> its.option().equals(times))
        .findFirst()
        .orElseThrow(() -> new UsageException("--times must be iso, s, ms, us or ns but is '" + times + "'"));
  }

  private static Logger log() {
    return LoggerFactory.getLogger(QuoteWork.class);
  }
}
