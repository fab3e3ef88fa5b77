package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.read.TableReader;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.iceberg.catalog.Catalog;

/**
 * Silver and gold, kept up with bronze. Each run takes what has come into the bronze tables since the last one and writes what that changes,
 * layer by layer; a run that fails, or a process that ends at any point, is made good by the next run, because what has come is forgotten
 * only when all layers stand. Another process that writes the same layers is noticed, and what has come is taken again from their tables.
 */
public final class LakeLayers {
  private static final long SETTLED_NANOS = 300_000_000_000L;
  private static final int SEEN_ROWS = 200_000;

  private final Tuning tuning;
  private final Consumer<String> afterLayer;
  private final BronzeReader quotes;
  private final Optional<BronzeReader> intervals;
  private final BronzeReader bronzeTrades;
  private final KnownMinutes coverage;
  private final GridEnds heads;
  private final MinuteCache minutes;
  private final MinuteGrid grid;
  private final CandleRollup candles;
  private final TradeStore trades;
  private final PositionUpdater positions;
  private final LayerTable<Volume> volumes;
  private final List<LayerTable<?>> tables;

  private boolean certain;
  private long settledAt = System.nanoTime();
  private long newestMicros;

  /**
   * How much is worked on and kept in memory.
   *
   * @param sliceRows rows of bronze that are worked on at once
   * @param lateTrades trades kept in memory, about 600 bytes each
   * @param revaluedPerSecond positions of a coin that follow its price in a second
   */
  public record Tuning(int sliceRows, int lateTrades, int revaluedPerSecond) {
    public static final Tuning DEFAULT = new Tuning(100_000, 20_000, 1_000);
  }

  /**
   * What a run did.
   *
   * @param inputRows rows of bronze that were new to it
   * @param rows written
   * @param newestMicros when the newest of the input was produced, microseconds since 1970; 0 without input
   */
  public record Outcome(long inputRows, long rows, long newestMicros) {}

  LakeLayers(Catalog catalog, Spec spec, Tuning tuning, Consumer<String> afterLayer) {
    this.tuning = tuning;
    this.afterLayer = afterLayer;
    LayerNames names = new LayerNames(spec);
    this.quotes = bronze(catalog, names.quotes(), "start_window", List.of("asset_id", "asset_type", "start_window", "revision"));
    this.bronzeTrades = bronze(catalog, names.trades(), "transaction_timestamp", List.of("transaction_id"));
    Optional<TableReader> known = names.coverage().map(name -> TableReader.open(catalog, LakeCatalog.identifier(name)));
    this.intervals =
        known.map(
            table -> new BronzeReader(table, "start_window", List.of("asset_id", "asset_type", "start_window", "end_window", "state"), SEEN_ROWS));
    LayerTable<Minute> minuteTable = LayerTable.open(catalog, names.layer("quote_minute"), 200_000, Minute::of);
    LayerTable<Trade> tradeTable = LayerTable.open(catalog, names.layer("trade_valued"), 100_000, Trade::of);
    LayerTable<Candle> candleTable = LayerTable.open(catalog, names.layer("candle"), 100_000, Candle::of);
    LayerTable<Position> positionTable = LayerTable.open(catalog, names.layer("position"), 50_000, Position::of);
    this.volumes = LayerTable.open(catalog, names.layer("trade_volume"), 50_000, (fields, row) -> null);
    this.tables = List.of(minuteTable, tradeTable, candleTable, volumes, positionTable);
    // One reader: between two looks at what has come, the same intervals are known.
    this.coverage = new KnownMinutes(known.orElse(null), 20_000);
    this.heads = new GridEnds(minuteTable);
    this.minutes = new MinuteCache(minuteTable, 20_000);
    this.grid = new MinuteGrid(minuteTable, coverage, heads, minutes::update);
    this.candles = new CandleRollup(candleTable, minutes, heads, 40_000);
    this.trades = new TradeStore(tradeTable);
    this.positions = new PositionUpdater(positionTable, trades, heads, tuning.lateTrades(), tuning.revaluedPerSecond());
  }

  /**
   * Opens the layers of a lake whose tables stand.
   *
   * @throws org.apache.iceberg.exceptions.NoSuchTableException if one has not been created yet
   */
  public static LakeLayers open(Catalog catalog, Spec spec, Tuning tuning) {
    return new LakeLayers(catalog, spec, tuning, layer -> {});
  }

  private static BronzeReader bronze(Catalog catalog, String name, String time, List<String> told) {
    return new BronzeReader(TableReader.open(catalog, LakeCatalog.identifier(name)), time, told, SEEN_ROWS);
  }

  /**
   * Takes what has come.
   *
   * @throws RuntimeException when something failed; the next run begins with what the tables say
   */
  public synchronized Outcome run() {
    try {
      return attempt();
    } catch (RuntimeException e) {
      forget();
      throw e;
    }
  }

  private void forget() {
    certain = false;
    tables.forEach(LayerTable::trust);
    heads.forget();
    minutes.forget();
    candles.forget();
    coverage.forget();
    sources().forEach(BronzeReader::forget);
  }

  private List<BronzeReader> sources() {
    List<BronzeReader> sources = new ArrayList<>(List.of(quotes, bronzeTrades));
    intervals.ifPresent(sources::add);
    return sources;
  }

  private Outcome attempt() {
    // First what is known of minutes, then the bars: a minute must not look empty because its bar was not looked at.
    intervals.ifPresent(BronzeReader::look);
    quotes.look();
    bronzeTrades.look();
    if (!certain || tables.stream().anyMatch(LayerTable::isForeign)) {
      forget();
      positions.open();
    }
    long before = written();
    long input = 0;
    newestMicros = 0;
    if (quotes.hasArrivals() || intervals.map(BronzeReader::hasArrivals).orElse(false)) {
      input += takeQuotes();
    }
    if (bronzeTrades.hasArrivals()) {
      input += takeTrades();
    }
    if (positions.due() > 0) {
      positions.apply(List.of(), Set.of());
    }
    if (tables.stream().anyMatch(LayerTable::isForeign)) {
      throw new ConcurrentModificationException("Another process wrote the layers meanwhile: what has come is taken again");
    }
    sources().forEach(BronzeReader::take);
    certain = true;
    if (System.nanoTime() - settledAt > SETTLED_NANOS) {
      settle();
    }
    return new Outcome(input, written() - before, newestMicros);
  }

  /** Lets the bronze tables remember how far they were taken, so that the next process begins there. */
  public synchronized void settle() {
    settledAt = System.nanoTime();
    if (certain) {
      sources().forEach(BronzeReader::settle);
    }
  }

  /** What is to be done still: commits of bronze since the last run, and coins whose positions wait for their turn. */
  public synchronized long backlog() {
    sources().forEach(BronzeReader::look);
    return sources().stream().mapToLong(BronzeReader::commits).sum() + positions.due();
  }

  /** Rows of the minutes' grid. */
  public synchronized long minuteRows() {
    return tables.get(0).rowCount();
  }

  private long written() {
    return tables.stream().mapToLong(LayerTable::written).sum();
  }

  // ---- Bars and coverage ----------------------------------------------------------------------------------------------------------

  private long takeQuotes() {
    TreeMap<Long, Long> days = new TreeMap<>();
    quotes.count(days);
    intervals.ifPresent(its -> its.count(days));
    List<BronzeReader.Slice> slices = BronzeReader.slices(days, tuning.sliceRows());
    Map<Coin, MinuteRanges> known = new HashMap<>();
    long[] input = {0};
    intervals.ifPresent(
        its ->
            its.read(
                BronzeReader.Slice.ALL,
                row -> {
                  input[0]++;
                  MinuteRanges minutesOf = coverage.knownBy(row);
                  MinuteRanges fresh = coverage.learn(coverage.coinOf(row), minutesOf);
                  // In slices, what one has read ahead of itself must not be missed by the next.
                  known.computeIfAbsent(coverage.coinOf(row), coin -> new MinuteRanges()).addAll(slices.size() > 1 ? minutesOf : fresh);
                }));
    for (BronzeReader.Slice slice : slices) {
      GridInput arrived = new GridInput(slice.to());
      known.forEach((coin, ranges) -> arrived.add(coin, ranges.within(slice.from(), slice.to())));
      quotes.read(
          slice,
          row -> {
            input[0]++;
            noteTime(quotes.fields().number(row, "seen_at"));
            arrived.add(quotes.fields().coin(row), Bar.of(quotes.fields(), row, "revision"));
          });
      if (!arrived.isEmpty()) {
        take(arrived);
      }
    }
    return input[0];
  }

  private void take(GridInput arrived) {
    Map<Coin, MinuteRanges> affected = grid.apply(arrived, !certain);
    afterLayer.accept("quote_minute");
    candles.apply(affected);
    afterLayer.accept("candle");
    takeTrades(trades.of(affected), affected.keySet());
  }

  private void noteTime(long micros) {
    newestMicros = Math.max(newestMicros, micros);
  }

  // ---- Trades ---------------------------------------------------------------------------------------------------------------------

  private long takeTrades() {
    TreeMap<Long, Long> days = new TreeMap<>();
    bronzeTrades.count(days);
    long input = 0;
    for (BronzeReader.Slice slice : BronzeReader.slices(days, tuning.sliceRows())) {
      Map<String, Trade> arrived = new HashMap<>();
      bronzeTrades.read(
          slice,
          row -> {
            noteTime(bronzeTrades.fields().number(row, "seen_at"));
            Trade trade = Trade.unpriced(bronzeTrades.fields(), row);
            arrived.putIfAbsent(trade.id(), trade);
          });
      input += arrived.size();
      takeTrades(arrived.values(), Set.of());
    }
    return input;
  }

  /** @param moved coins whose last price may have changed */
  private void takeTrades(java.util.Collection<Trade> candidates, Set<Coin> moved) {
    Set<MinuteCache.Block> blocks = new HashSet<>();
    candidates.forEach(trade -> blocks.add(MinuteCache.Block.of(trade.coin(), trade.minute())));
    Map<MinuteCache.Block, TreeMap<Long, Minute>> found = minutes.load(blocks);
    List<Trade> changed = new ArrayList<>();
    for (Trade trade : candidates) {
      Minute minute = found.get(MinuteCache.Block.of(trade.coin(), trade.minute())).get(trade.minute());
      Trade valued = ValuedTradeLayer.valued(trade, minute);
      // What came new is pending before and after; only the trades of the table can be known to be unchanged.
      if (!certain || !valued.equals(trade) || moved.isEmpty()) {
        changed.add(valued);
      }
    }
    trades.put(changed);
    afterLayer.accept("trade_valued");
    writeVolumes(changed);
    afterLayer.accept("trade_volume");
    positions.apply(changed, moved);
    afterLayer.accept("position");
  }

  private void writeVolumes(List<Trade> changed) {
    Map<Coin, MinuteRanges> hours = new HashMap<>();
    Map<Coin, Set<Long>> itsMinutes = new HashMap<>();
    for (Trade trade : changed) {
      long hour = EpochMinutes.floor(trade.minute(), 60);
      hours.computeIfAbsent(trade.coin(), coin -> new MinuteRanges()).add(hour, hour + 60);
      itsMinutes.computeIfAbsent(trade.coin(), coin -> new HashSet<>()).add(trade.minute());
    }
    Map<Coin, TreeMap<Long, List<Trade>>> byMinute = new HashMap<>();
    for (Trade trade : trades.of(hours)) {
      byMinute.computeIfAbsent(trade.coin(), coin -> new TreeMap<>()).computeIfAbsent(trade.minute(), at -> new ArrayList<>()).add(trade);
    }
    List<Volume> made = new ArrayList<>();
    itsMinutes.forEach(
        (coin, its) -> {
          TreeMap<Long, List<Trade>> all = byMinute.get(coin);
          Set<Long> itsHours = new HashSet<>();
          for (long minute : its) {
            made.add(VolumeLayer.of(coin, 1, minute, all.get(minute)));
            itsHours.add(EpochMinutes.floor(minute, 60));
          }
          for (long hour : itsHours) {
            made.add(VolumeLayer.of(coin, 60, hour, all.subMap(hour, hour + 60).values().stream().flatMap(List::stream).toList()));
          }
        });
    volumes.write(made);
  }
}
