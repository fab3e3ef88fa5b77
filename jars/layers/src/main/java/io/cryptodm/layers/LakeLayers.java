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
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;

/**
 * Keeps silver and gold up to date with bronze. Each run reads what was added to the bronze tables since the last one and writes what that
 * changes, layer by layer. The reading position advances only after all layers are written, so the next run repairs a run that failed or
 * was killed at any point. If another process writes the same layers, the run is repeated from the tables.
 */
public final class LakeLayers {
  private static final long SAVE_EVERY_NANOS = 300_000_000_000L;
  private static final int REMEMBERED_ROWS = 200_000;

  private final Tuning tuning;
  private final Consumer<String> afterLayer;
  private final BronzeReader quotes;
  private final Optional<BronzeReader> intervals;
  private final BronzeReader bronzeTrades;
  private final KnownMinutes coverage;
  private final GridEnds gridEnds;
  private final MinuteCache minutes;
  private final MinuteGrid grid;
  private final CandleRollup candles;
  private final TradeStore trades;
  private final PositionUpdater positions;
  private final LayerTable<Volume> volumes;
  private final List<LayerTable<?>> tables;

  private boolean certain;
  private long savedAt = System.nanoTime();
  private long newestMicros;

  /**
   * Limits of work and memory.
   *
   * @param sliceRows rows of bronze that are processed together
   * @param lateTrades trades kept in memory, about 600 bytes each
   * @param revaluedPerSecond positions that may be revalued per second when prices change
   */
  public record Tuning(int sliceRows, int lateTrades, int revaluedPerSecond) {
    public static final Tuning DEFAULT = new Tuning(100_000, 20_000, 1_000);
  }

  /**
   * What a run did.
   *
   * @param inputRows new rows of bronze
   * @param rows number of rows written
   * @param newestMicros when the newest input row was produced, microseconds since 1970; 0 without input
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
            table ->
                new BronzeReader(
                    table, "start_window", List.of("asset_id", "asset_type", "start_window", "end_window", "state"), REMEMBERED_ROWS));
    LayerTable<Minute> minuteTable = LayerTable.open(catalog, names.layer("quote_minute"), 200_000, Minute::of);
    LayerTable<Trade> tradeTable = LayerTable.open(catalog, names.layer("trade_valued"), 100_000, Trade::of);
    LayerTable<Candle> candleTable = LayerTable.open(catalog, names.layer("candle"), 100_000, Candle::of);
    LayerTable<Position> positionTable = LayerTable.open(catalog, names.layer("position"), 50_000, Position::of);
    this.volumes = LayerTable.open(catalog, names.layer("trade_volume"), 50_000, (fields, row) -> null);
    this.tables = List.of(minuteTable, tradeTable, candleTable, volumes, positionTable);
    // The reader that the coverage is polled with, so that both see the same snapshot.
    this.coverage = new KnownMinutes(known.orElse(null), 20_000);
    this.gridEnds = new GridEnds(minuteTable);
    this.minutes = new MinuteCache(minuteTable, 20_000);
    this.grid = new MinuteGrid(minuteTable, coverage, gridEnds, minutes::update);
    this.candles = new CandleRollup(candleTable, minutes, gridEnds, 40_000);
    this.trades = new TradeStore(tradeTable);
    this.positions = new PositionUpdater(positionTable, trades, gridEnds, tuning.lateTrades(), tuning.revaluedPerSecond());
  }

  /**
   * Opens the layers of a lake; its tables must exist.
   *
   * @throws org.apache.iceberg.exceptions.NoSuchTableException if one has not been created yet
   */
  public static LakeLayers open(Catalog catalog, Spec spec, Tuning tuning) {
    return new LakeLayers(catalog, spec, tuning, layer -> {});
  }

  /** Names of the tables that a lake's layers write, all of which follow from bronze. */
  public static List<String> tables(Spec spec) {
    LayerNames names = new LayerNames(spec);
    return Stream.of("quote_minute", "trade_valued", "candle", "trade_volume", "position").map(names::layer).toList();
  }

  /** Forgets how far the layers have read, so that they take everything again; no process may write them meanwhile. */
  public static void forgetProgress(Catalog catalog, List<String> inputs) {
    for (String input : inputs) {
      Table table;
      try {
        table = catalog.loadTable(LakeCatalog.identifier(input));
      } catch (RuntimeException e) {
        // Not there, or damaged itself: its repair is a matter of its own.
        continue;
      }
      if (table.refs().containsKey(BronzeReader.TAG)) {
        table.manageSnapshots().removeTag(BronzeReader.TAG).commit();
      }
    }
  }

  private static BronzeReader bronze(Catalog catalog, String name, String time, List<String> identifying) {
    return new BronzeReader(TableReader.open(catalog, LakeCatalog.identifier(name)), time, identifying, REMEMBERED_ROWS);
  }

  /**
   * Processes what is new in bronze.
   *
   * @throws RuntimeException if something failed; the next run starts from what the tables hold
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
    gridEnds.forget();
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
    // Coverage before bars: otherwise a watched minute would look empty because its bar was not read yet.
    intervals.ifPresent(BronzeReader::poll);
    quotes.poll();
    bronzeTrades.poll();
    if (!certain || tables.stream().anyMatch(LayerTable::isForeign)) {
      forget();
      positions.open();
    }
    long before = written();
    long input = 0;
    newestMicros = 0;
    if (quotes.hasNewFiles() || intervals.map(BronzeReader::hasNewFiles).orElse(false)) {
      input += processQuotes();
    }
    if (bronzeTrades.hasNewFiles()) {
      input += processTrades();
    }
    if (positions.due() > 0) {
      positions.apply(List.of(), Set.of());
    }
    if (tables.stream().anyMatch(LayerTable::isForeign)) {
      throw new ConcurrentModificationException(
          "Another process has written the silver and gold tables, so this run is repeated: keep one lake-layers job running");
    }
    sources().forEach(BronzeReader::advance);
    certain = true;
    if (System.nanoTime() - savedAt > SAVE_EVERY_NANOS) {
      settle();
    }
    return new Outcome(input, written() - before, newestMicros);
  }

  /** Saves the reading position in the bronze tables, so that the next process starts there. */
  public synchronized void settle() {
    savedAt = System.nanoTime();
    if (certain) {
      sources().forEach(BronzeReader::saveProgress);
    }
  }

  /** Remaining work: bronze commits since the last run, and coins whose positions are to be revalued. */
  public synchronized long backlog() {
    sources().forEach(BronzeReader::poll);
    return sources().stream().mapToLong(BronzeReader::commits).sum() + positions.due();
  }

  /** Number of rows in the grid of minutes. */
  public synchronized long minuteRows() {
    return tables.get(0).rowCount();
  }

  private long written() {
    return tables.stream().mapToLong(LayerTable::written).sum();
  }

  // ---- Bars and coverage ----------------------------------------------------------------------------------------------------------

  private long processQuotes() {
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
                  // With several slices, each must see the whole coverage, not only what is new.
                  known.computeIfAbsent(coverage.coinOf(row), coin -> new MinuteRanges()).addAll(slices.size() > 1 ? minutesOf : fresh);
                }));
    for (BronzeReader.Slice slice : slices) {
      GridInput gridInput = new GridInput(slice.to());
      known.forEach((coin, ranges) -> gridInput.add(coin, ranges.within(slice.from(), slice.to())));
      quotes.read(
          slice,
          row -> {
            input[0]++;
            noteTime(quotes.fields().number(row, "seen_at"));
            gridInput.add(quotes.fields().coin(row), Bar.of(quotes.fields(), row, "revision"));
          });
      if (!gridInput.isEmpty()) {
        process(gridInput);
      }
    }
    return input[0];
  }

  private void process(GridInput gridInput) {
    Map<Coin, MinuteRanges> affected = grid.apply(gridInput, !certain);
    afterLayer.accept("quote_minute");
    candles.apply(affected);
    afterLayer.accept("candle");
    valueTrades(trades.of(affected), affected.keySet());
  }

  private void noteTime(long micros) {
    newestMicros = Math.max(newestMicros, micros);
  }

  // ---- Trades ---------------------------------------------------------------------------------------------------------------------

  private long processTrades() {
    TreeMap<Long, Long> days = new TreeMap<>();
    bronzeTrades.count(days);
    long input = 0;
    for (BronzeReader.Slice slice : BronzeReader.slices(days, tuning.sliceRows())) {
      Map<String, Trade> fresh = new HashMap<>();
      bronzeTrades.read(
          slice,
          row -> {
            noteTime(bronzeTrades.fields().number(row, "seen_at"));
            Trade trade = Trade.unpriced(bronzeTrades.fields(), row);
            fresh.putIfAbsent(trade.id(), trade);
          });
      input += fresh.size();
      valueTrades(fresh.values(), Set.of());
    }
    return input;
  }

  /** @param repriced coins whose last price may have changed */
  private void valueTrades(java.util.Collection<Trade> candidates, Set<Coin> repriced) {
    Set<MinuteCache.Block> blocks = new HashSet<>();
    candidates.forEach(trade -> blocks.add(MinuteCache.Block.of(trade.coin(), trade.minute())));
    Map<MinuteCache.Block, TreeMap<Long, Minute>> found = minutes.load(blocks);
    List<Trade> changed = new ArrayList<>();
    for (Trade trade : candidates) {
      Minute minute = found.get(MinuteCache.Block.of(trade.coin(), trade.minute())).get(trade.minute());
      Trade valued = ValuedTradeLayer.valued(trade, minute);
      // A new trade may be pending before and after, so only trades from the table can be skipped as unchanged.
      if (!certain || !valued.equals(trade) || repriced.isEmpty()) {
        changed.add(valued);
      }
    }
    trades.put(changed);
    afterLayer.accept("trade_valued");
    writeVolumes(changed);
    afterLayer.accept("trade_volume");
    positions.apply(changed, repriced);
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
