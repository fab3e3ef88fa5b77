package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.read.TableReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
 * Keeps silver and gold up to date with bronze. Each run reads what was added to the bronze tables since the last one, up to a number of rows, and
 * writes what that changes, layer by layer. The reading position is saved only when all layers are written, so the next run repairs a run that
 * failed or was killed at any point. A run may stop at the candles; a later one writes what else follows. If another process writes the same
 * layers, the run is repeated from the tables.
 */
public final class LakeLayers {
  private static final long SAVE_EVERY_NANOS = 300_000_000_000L;
  private static final int REMEMBERED_ROWS = 100_000;
  private static final long VOLUME_BYTES = 32 << 20;

  /** What follows from a minute is written this long after it at the latest. */
  private static final long LONGEST_PAUSE_NANOS = 30_000_000_000L;

  private final Tuning tuning;
  private final Consumer<String> afterLayer;
  private final CoinNames coins;
  private final BronzeReader quotes;
  private final Optional<BronzeReader> intervals;
  private final BronzeReader bronzeTrades;
  private final FirstBars firstBars;
  private final KnownMinutes coverage;
  private final GridEnds gridEnds;
  private final MinuteCache minutes;
  private final MinuteGrid grid;
  private final QuotedMinutes quoted;
  private final CandleRollup candles;
  private final TradeStore trades;
  private final PositionUpdater positions;
  private final VolumeBook volumes;
  private final List<LayerTable<?>> tables;

  /** Minutes whose candles are written, but not the trades, volumes and positions that follow from them. */
  private final Map<Coin, MinuteRanges> unfollowed = new HashMap<>();

  /** True while the memory is that of the tables. */
  private boolean opened;

  /** True once everything has been taken that an earlier process may have taken in part. */
  private boolean certain;

  private long savedAt = System.nanoTime();

  /** When that was written last, by System.nanoTime(). */
  private long followedAt = System.nanoTime();
  private long newestMicros;

  /**
   * Limits of work and memory.
   *
   * @param runBars rows of the table of quotes that a run takes, about
   * @param runTrades rows of the table of trades that a run takes, and trades that are valued again together
   * @param lateTrades beyond this number of late trades the bases of positions advance
   * @param heldRows upper limit of the late trades in memory, some 300 bytes each, and of the positions, some 200 bytes each
   * @param revaluedTrades trades that may be revalued per second when prices change: with more of them prices are followed less often, at least each
   *     30 seconds
   * @param revaluedPositions the same of positions, at least once a minute
   */
  public record Tuning(int runBars, int runTrades, int lateTrades, int heldRows, int revaluedTrades, int revaluedPositions) {
    public static final Tuning DEFAULT = new Tuning(100_000, 50_000, 20_000, 250_000, 2_000, 1_000);

    /** The same with smaller runs and a smaller memory. */
    public Tuning divided(int by) {
      return new Tuning(Math.max(1_000, runBars / by), Math.max(1_000, runTrades / by), lateTrades, Math.max(lateTrades, heldRows / by), revaluedTrades, revaluedPositions);
    }
  }

  /**
   * What a run did.
   *
   * @param inputRows new rows of bronze
   * @param rows number of rows written
   * @param newestMicros when the newest input row was produced, microseconds since 1970; 0 without input
   * @param more true if rows are left that the next run takes
   * @param whole false if it has stopped at the candles
   */
  public record Outcome(long inputRows, long rows, long newestMicros, boolean more, boolean whole) {}

  LakeLayers(Catalog catalog, Spec spec, Tuning tuning, Consumer<String> afterLayer) {
    this.tuning = tuning;
    this.afterLayer = afterLayer;
    LayerNames names = new LayerNames(spec);
    this.coins = new CoinNames(spec.renamed());
    RenamedLayers.settle(catalog, coins, names.layer("quote_minute"), tables(spec), names.inputs());
    this.quotes = bronze(catalog, names.quotes(), "start_window", List.of("asset_id", "asset_type", "start_window", "revision"), coins);
    this.bronzeTrades = bronze(catalog, names.trades(), "transaction_timestamp", List.of("transaction_id"), coins);
    this.firstBars = new FirstBars(TableReader.open(catalog, LakeCatalog.identifier(names.quotes())), coins);
    Optional<TableReader> known = names.coverage().map(name -> TableReader.open(catalog, LakeCatalog.identifier(name)));
    this.intervals =
        known.map(
            table ->
                new BronzeReader(
                    table, "start_window", List.of("asset_id", "asset_type", "start_window", "end_window", "state"), coins, REMEMBERED_ROWS));
    LayerTable<Minute> minuteTable = LayerTable.open(catalog, names.layer("quote_minute"), 200_000, (fields, row) -> Minute.of(fields, row, coins));
    LayerTable<Trade> tradeTable = LayerTable.open(catalog, names.layer("trade_valued"), 180_000, Trade::of);
    LayerTable<Candle> candleTable = LayerTable.open(catalog, names.layer("candle"), 100_000, Candle::of);
    LayerTable<Position> positionTable = LayerTable.open(catalog, names.layer("position"), 200_000, Position::of);
    LayerTable<Volume> volumeTable = LayerTable.open(catalog, names.layer("trade_volume"), 50_000, (fields, row) -> null);
    this.tables = List.of(minuteTable, tradeTable, candleTable, volumeTable, positionTable);
    // The reader that the coverage is polled with, so that both see the same snapshot.
    this.coverage = new KnownMinutes(known.orElse(null), coins, firstBars, 20_000);
    this.gridEnds = new GridEnds(minuteTable);
    this.minutes = new MinuteCache(minuteTable, 12_000);
    this.grid = new MinuteGrid(minuteTable, coverage, gridEnds, minutes::update);
    this.quoted = new QuotedMinutes(catalog.loadTable(LakeCatalog.identifier(names.layer("quote_minute"))), minuteTable);
    this.candles = new CandleRollup(candleTable, minutes, gridEnds, 24_000);
    this.trades = new TradeStore(tradeTable, tuning.heldRows());
    this.volumes = new VolumeBook(volumeTable, trades, VOLUME_BYTES);
    this.positions = new PositionUpdater(positionTable, trades, gridEnds, tuning.lateTrades(), tuning.heldRows(), tuning.revaluedPositions());
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
      BronzeReader.forgetProgress(table);
    }
  }

  private static BronzeReader bronze(Catalog catalog, String name, String time, List<String> identifying, CoinNames coins) {
    return new BronzeReader(TableReader.open(catalog, LakeCatalog.identifier(name)), time, identifying, coins, REMEMBERED_ROWS);
  }

  /**
   * Processes what is new in bronze, or the next piece of it if it is much.
   *
   * @throws RuntimeException if something failed; the next run starts from what the tables hold
   */
  public synchronized Outcome run() {
    return run(true, false);
  }

  /**
   * Processes the bars that are new in bronze up to the candles, which costs a third. What else follows from them, and trades, are left to the next
   * {@link #run}. More bars than one run takes are processed as by that.
   *
   * @throws RuntimeException as {@link #run}
   */
  public synchronized Outcome runToCandles() {
    return run(false, false);
  }

  private Outcome run(boolean whole, boolean atOnce) {
    try {
      return attempt(whole, atOnce);
    } catch (RuntimeException e) {
      forget();
      throw e;
    }
  }

  private void forget() {
    opened = false;
    certain = false;
    tables.forEach(LayerTable::trust);
    gridEnds.forget();
    minutes.forget();
    candles.forget();
    coverage.forget();
    volumes.forget();
    quoted.forget();
    sources().forEach(BronzeReader::forget);
  }

  private List<BronzeReader> sources() {
    List<BronzeReader> sources = new ArrayList<>(List.of(quotes, bronzeTrades));
    intervals.ifPresent(sources::add);
    return sources;
  }

  /** @param atOnce true where nothing may be left for a later run */
  private Outcome attempt(boolean wanted, boolean atOnce) {
    if (!opened || tables.stream().anyMatch(LayerTable::isForeign)) {
      forget();
      firstBars.load();
      positions.open();
      opened = true;
    }
    GridInput calledTraded = quoted.next();
    if (calledTraded != null) {
      long before = written();
      process(calledTraded);
      follow();
      return new Outcome(0, written() - before, 0, true, true);
    }
    boolean goesOn = quotes.isTaking() || bronzeTrades.isTaking();
    if (!quotes.isTaking()) {
      // Coverage before bars: otherwise a watched minute would look empty because its bar was not read yet.
      intervals.ifPresent(BronzeReader::poll);
      quotes.poll();
    }
    TreeMap<Long, Long> days = new TreeMap<>();
    Slice slice = nextQuotes(days);
    boolean whole = wanted || goesOn || !slice.isLast();
    if (whole) {
      bronzeTrades.poll();
    }
    long before = written();
    long input = 0;
    newestMicros = 0;
    boolean anyQuotes = quotes.isTaking() || intervals.map(BronzeReader::isTaking).orElse(false);
    if (anyQuotes) {
      input += processQuotes(slice, days.isEmpty() ? Long.MIN_VALUE : days.firstKey() * EpochMinutes.DAY);
    }
    boolean isQuiet = !anyQuotes && !bronzeTrades.isTaking();
    if (whole && (atOnce || isQuiet || goesOn || !slice.isLast() || isFollowDue())) {
      follow();
    } else if (whole && !unfollowed.isEmpty()) {
      positions.apply(new PositionUpdater.Changed(), unfollowed.keySet(), firstUnfollowed());
    }
    // Trades after all bars, so that they are valued once.
    boolean anyTrades = bronzeTrades.isTaking() && slice.isLast();
    if (anyTrades) {
      input += processTrades();
    }
    if (whole && positions.due() > 0) {
      positions.apply(new PositionUpdater.Changed(), Set.of(), firstUnfollowed());
    }
    if (tables.stream().anyMatch(LayerTable::isForeign)) {
      throw new ConcurrentModificationException(
          "Another process has written the silver and gold tables, so this run is repeated: keep one lake-layers job running");
    }
    advance(anyQuotes ? slice : null, anyTrades);
    // What came while pieces were taken has not even been looked for.
    boolean more = goesOn || quotes.isTaking() || bronzeTrades.isTaking();
    boolean isFollowed = unfollowed.isEmpty();
    certain |= whole && !more && isFollowed;
    if (isFollowed && (more || whole && System.nanoTime() - savedAt > SAVE_EVERY_NANOS)) {
      save();
    }
    return new Outcome(input, written() - before, newestMicros, more, whole);
  }

  /** @param slice of the quotes, or null */
  private void advance(Slice slice, boolean anyTrades) {
    if (slice != null && quotes.isTaking()) {
      quotes.advance(slice);
    }
    if (slice != null && slice.isLast()) {
      intervals.ifPresent(BronzeReader::finish);
    }
    if (anyTrades) {
      bronzeTrades.advance();
    }
  }

  /** Saves the reading position in the bronze tables, so that the next process starts there. */
  public synchronized void settle() {
    if (!unfollowed.isEmpty()) {
      run(true, true);
    }
    save();
  }

  private void save() {
    savedAt = System.nanoTime();
    sources().forEach(BronzeReader::save);
  }

  /** Remaining work: bronze commits since the last run, and coins of which trades or positions are to be revalued. */
  public synchronized long backlog() {
    return sources().stream().mapToLong(BronzeReader::commits).sum() + Math.max(unfollowed.size(), positions.due());
  }

  /** Number of rows in the grid of minutes. */
  public synchronized long minuteRows() {
    return tables.get(0).rowCount();
  }

  private long written() {
    return tables.stream().mapToLong(LayerTable::written).sum();
  }

  // ---- Bars and coverage ----------------------------------------------------------------------------------------------------------

  private Slice nextQuotes(TreeMap<Long, Long> days) {
    quotes.count(days);
    intervals.ifPresent(its -> its.count(days));
    return quotes.isTaking() ? quotes.nextSlice(days, tuning.runBars()) : Slice.ALL;
  }

  /** @param begin the first minute with new bars or coverage, about */
  private long processQuotes(Slice slice, long begin) {
    GridInput gridInput = new GridInput(slice.to());
    long[] input = {0};
    if (slice.isAll()) {
      intervals.ifPresent(
          its ->
              its.read(
                  slice,
                  row -> {
                    input[0]++;
                    gridInput.add(coverage.coinOf(row), coverage.learn(coverage.coinOf(row), coverage.saidBy(row)));
                  }));
    } else {
      // Not only what is new: a coin's first bar may come in this slice, and the known minutes after it in the next one.
      coverage.saidIn(new Slice(Math.max(slice.from(), begin), slice.to())).forEach(gridInput::add);
    }
    Map<Coin, Long> begun = new HashMap<>();
    quotes.read(
        slice,
        row -> {
          input[0]++;
          noteTime(quotes.fields().number(row, "seen_at"));
          Coin named = quotes.fields().named(row);
          Bar bar = Bar.of(quotes.fields(), row, "revision", coins.earlier(named.asset()));
          gridInput.add(quotes.fields().coin(row), bar);
          if (firstBars.note(named, bar.minute())) {
            begun.merge(quotes.fields().coin(row), bar.minute(), Math::min);
          }
        });
    coverage.saidSince(begun, slice.to()).forEach(gridInput::add);
    if (!gridInput.isEmpty()) {
      process(gridInput);
    }
    return input[0];
  }

  private void process(GridInput gridInput) {
    Map<Coin, MinuteRanges> affected = grid.apply(gridInput, !certain);
    afterLayer.accept("quote_minute");
    affected.forEach((coin, its) -> unfollowed.computeIfAbsent(coin, any -> new MinuteRanges()).addAll(its));
    candles.apply(affected);
    afterLayer.accept("candle");
  }

  /** With many trades in the minutes that change, each bar of them would have them all written again. */
  private boolean isFollowDue() {
    long pause = Math.min(LONGEST_PAUSE_NANOS, 1_000_000_000L * trades.countLate(unfollowed) / tuning.revaluedTrades());
    return !certain || System.nanoTime() - followedAt >= pause;
  }

  /** Writes what follows from the minutes whose candles are written. */
  private void follow() {
    followedAt = System.nanoTime();
    if (unfollowed.isEmpty()) {
      return;
    }
    PositionUpdater.Changed changed = new PositionUpdater.Changed();
    List<Trade> piece = new ArrayList<>();
    trades.each(
        unfollowed,
        trade -> {
          piece.add(trade);
          if (piece.size() >= tuning.runTrades()) {
            valueTrades(piece, true, changed);
            piece.clear();
          }
        });
    valueTrades(piece, true, changed);
    positions.apply(changed, unfollowed.keySet(), Long.MAX_VALUE);
    afterLayer.accept("position");
    unfollowed.clear();
  }

  private long firstUnfollowed() {
    return unfollowed.values().stream().mapToLong(MinuteRanges::first).min().orElse(Long.MAX_VALUE);
  }

  private void noteTime(long micros) {
    newestMicros = Math.max(newestMicros, micros);
  }

  // ---- Trades ---------------------------------------------------------------------------------------------------------------------

  private long processTrades() {
    Map<String, Trade> fresh = new LinkedHashMap<>();
    bronzeTrades.read(
        tuning.runTrades(),
        row -> {
          noteTime(bronzeTrades.fields().number(row, "seen_at"));
          Trade trade = Trade.unpriced(bronzeTrades.fields(), row);
          fresh.putIfAbsent(trade.id(), trade);
        });
    PositionUpdater.Changed changed = new PositionUpdater.Changed();
    valueTrades(fresh.values(), false, changed);
    positions.apply(changed, Set.of(), firstUnfollowed());
    afterLayer.accept("position");
    return fresh.size();
  }

  /**
   * Writes trades with the prices of their minutes, and the volumes with them.
   *
   * @param stored true if they are as in the table
   * @param changed gets their holders
   */
  private void valueTrades(Collection<Trade> candidates, boolean stored, PositionUpdater.Changed changed) {
    Set<MinuteCache.Block> blocks = new HashSet<>();
    candidates.forEach(trade -> blocks.add(MinuteCache.Block.of(trade.coin(), trade.minute())));
    Map<MinuteCache.Block, TreeMap<Long, Minute>> found = minutes.load(blocks);
    Map<String, Trade> before = new HashMap<>();
    List<Trade> valued = new ArrayList<>();
    for (Trade trade : candidates) {
      Trade its = ValuedTradeLayer.valued(trade, found.get(MinuteCache.Block.of(trade.coin(), trade.minute())).get(trade.minute()));
      // A new trade may be pending before and after, so only trades from the table can be skipped as unchanged.
      if (!certain || !stored || !its.equals(trade)) {
        valued.add(its);
        // A trade that is read again and not written changes no position, unless an earlier process has ended between the two.
        if (!certain || stored) {
          changed.add(its, its.at() < trades.begin());
        }
        if (stored) {
          before.put(trade.id(), trade);
        }
      }
    }
    trades.put(
        valued,
        (trade, isNew) -> {
          if (isNew && trade.at() >= trades.begin()) {
            changed.addNew(trade);
          } else {
            changed.add(trade, trade.at() < trades.begin());
          }
          if (isNew || before.containsKey(trade.id())) {
            volumes.follow(new VolumeBook.Change(isNew ? null : before.get(trade.id()), trade));
          } else {
            volumes.forget(trade);
          }
        });
    afterLayer.accept("trade_valued");
    volumes.write(valued);
    afterLayer.accept("trade_volume");
  }
}
