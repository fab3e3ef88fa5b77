package io.cryptodm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** An independent calculation of all layers: plain loops over everything that was ever sent, without the code of the layers. */
final class Reference {
  static final List<String> MINUTE =
      List.of(
          "asset_id", "asset_type", "start_window", "state", "price_crypto", "open_price", "high_price", "low_price", "volume", "vwap",
          "trade_count", "source", "last_traded", "last_price", "last_priced", "complete");
  static final List<String> TRADE = List.of("transaction_id", "document_id", "asset_id", "quantity", "price_crypto", "value", "price_state");
  static final List<String> CANDLE =
      List.of(
          "asset_id", "asset_type", "period", "start_window", "open_price", "high_price", "low_price", "close_price", "volume", "turnover",
          "vwap_volume", "vwap", "trade_count", "minutes_traded", "minutes_quoted", "minutes_carried", "minutes_missing", "closed",
          "prices_from", "sources");
  static final List<String> VOLUME =
      List.of(
          "asset_id", "asset_type", "period", "start_window", "trades", "traders", "unvalued_trades", "bought_quantity", "sold_quantity",
          "net_quantity", "bought_value", "sold_value", "net_value");
  static final List<String> POSITION =
      List.of(
          "document_id", "asset_id", "asset_type", "holding", "average_cost", "cost", "realised", "last_price", "unrealised", "trades",
          "pending_trades", "last_trade");

  private final Map<Coin, TreeMap<Long, Bar>> bars = new HashMap<>();
  private final Map<Coin, TreeSet<Long>> known = new HashMap<>();
  private final Map<Coin, TreeSet<Long>> refused = new HashMap<>();
  private final Map<String, Trade> trades = new TreeMap<>();

  /** A minute as plain values. */
  private record Cell(String state, BigDecimal price, Bar bar, Long lastTraded, long lastPriced, BigDecimal lastPrice, String source) {
    boolean isTraded() {
      return state.equals("traded");
    }

    boolean isProvisional() {
      return bar != null && bar.complete() != null && !bar.complete();
    }
  }

  private static boolean isQuoted(Bar bar) {
    boolean counted = bar.tradeCount() != null;
    return counted && bar.tradeCount() == 0 || !counted && bar.volume().compareTo(BigDecimal.ZERO) == 0;
  }

  void put(Coin coin, Bar bar) {
    bars.computeIfAbsent(coin, its -> new TreeMap<>()).put(bar.minute(), bar);
  }

  void cover(Coin coin, long from, long to, String state) {
    if (!state.equals("source-down")) {
      for (long minute = from; minute < to; minute++) {
        (state.equals("refused") ? refused : known).computeIfAbsent(coin, its -> new TreeSet<>()).add(minute);
      }
    }
  }

  void put(Trade trade) {
    trades.put(trade.id(), trade);
  }

  /** Compares all five tables. */
  void assertHeldBy(LayersLake lake) {
    assertEquals(lines(minutes()), lines(lake.rows("crypto_silver.quote_minute", 3, MINUTE)), "minutes");
    assertEquals(lines(trades()), lines(lake.rows("crypto_silver.trade_valued", 1, TRADE)), "trades");
    assertEquals(lines(candles()), lines(lake.rows("crypto_gold.candle", 4, CANDLE)), "candles");
    assertEquals(lines(volumes()), lines(lake.rows("crypto_gold.trade_volume", 4, VOLUME)), "volumes");
    assertEquals(lines(positions()), lines(lake.rows("crypto_gold.position", 3, POSITION)), "positions");
  }

  /** One row per line, so that a difference is readable. */
  private static String lines(Map<String, String> rows) {
    StringBuilder lines = new StringBuilder();
    rows.forEach((key, values) -> lines.append(key).append(": ").append(values).append('\n'));
    return lines.toString();
  }

  static String text(Object value) {
    return value instanceof BigDecimal decimal ? decimal.stripTrailingZeros().toPlainString() : String.valueOf(value);
  }

  private static String line(Object... values) {
    return String.join(" ", Arrays.stream(values).map(Reference::text).toList());
  }

  private static long micros(long minute) {
    return minute * 60_000_000;
  }

  private TreeMap<Long, Cell> grid(Coin coin) {
    TreeMap<Long, Cell> grid = new TreeMap<>();
    TreeMap<Long, Bar> its = bars.getOrDefault(coin, new TreeMap<>());
    if (its.isEmpty()) {
      return grid;
    }
    TreeSet<Long> points = new TreeSet<>(its.keySet());
    points.addAll(known.getOrDefault(coin, new TreeSet<>()).tailSet(its.firstKey()));
    Long previous = null;
    Bar last = null;
    Long traded = null;
    for (long point : points) {
      if (previous != null && point - previous > 31 * 1440 && !its.containsKey(point)) {
        // Known minutes far after the last one belong to no grid until something trades.
        continue;
      }
      boolean begins = previous == null || point - previous > 31 * 1440;
      long from = begins ? point : previous + 1;
      traded = begins ? null : traded;
      for (long minute = from; minute <= point; minute++) {
        Bar bar = its.get(minute);
        last = bar == null ? last : bar;
        boolean isRefused = refused.getOrDefault(coin, new TreeSet<>()).contains(minute);
        boolean isKnown = !isRefused && known.getOrDefault(coin, new TreeSet<>()).contains(minute);
        String state = bar != null ? isQuoted(bar) ? "quoted" : "traded" : isKnown ? "carried" : "missing";
        traded = state.equals("traded") ? Long.valueOf(minute) : traded;
        grid.put(minute, new Cell(state, state.equals("missing") ? null : last.close(), bar, traded, last.minute(), last.close(), last.source()));
      }
      previous = point;
    }
    return grid;
  }

  TreeMap<String, String> minutes() {
    TreeMap<String, String> rows = new TreeMap<>();
    for (Coin coin : bars.keySet()) {
      grid(coin).forEach(
          (minute, cell) -> {
            Bar bar = cell.bar();
            boolean quiet = cell.state().equals("carried") || cell.state().equals("quoted");
            rows.put(
                line(coin.asset(), coin.type(), micros(minute)),
                line(
                    cell.state(), cell.price(), bar == null ? cell.price() : bar.open(), bar == null ? cell.price() : bar.high(),
                    bar == null ? cell.price() : bar.low(), cell.isTraded() ? bar.volume() : quiet ? BigDecimal.ZERO : null,
                    cell.isTraded() ? bar.vwap() : null, cell.isTraded() ? bar.tradeCount() : quiet ? 0L : null,
                    cell.price() == null ? null : cell.source(), cell.lastTraded() == null ? null : micros(cell.lastTraded()), cell.lastPrice(),
                    micros(cell.lastPriced()), bar == null ? null : bar.complete()));
          });
    }
    return rows;
  }

  TreeMap<String, String> candles() {
    TreeMap<String, String> rows = new TreeMap<>();
    Map<String, Integer> periods = Map.of("5m", 5, "15m", 15, "1h", 60, "4h", 240, "1d", 1440);
    for (Coin coin : bars.keySet()) {
      TreeMap<Long, Cell> grid = grid(coin);
      periods.forEach(
          (period, length) -> {
            TreeMap<Long, List<Cell>> groups = new TreeMap<>();
            grid.forEach((minute, cell) -> groups.computeIfAbsent(minute / length * length, start -> new ArrayList<>()).add(cell));
            groups.forEach(
                (start, cells) ->
                    rows.put(
                        line(coin.asset(), coin.type(), period, micros(start)), candle(cells, grid.lastKey() >= start + length && cells.stream().noneMatch(Cell::isProvisional))));
          });
    }
    return rows;
  }

  private static String candle(List<Cell> cells, boolean closed) {
    List<Bar> bars = cells.stream().filter(cell -> cell.bar() != null).map(Cell::bar).toList();
    List<Bar> traded = bars.stream().filter(bar -> !isQuoted(bar)).toList();
    List<Cell> carried = cells.stream().filter(cell -> cell.state().equals("carried")).toList();
    BigDecimal flat = carried.isEmpty() ? null : carried.get(0).price();
    boolean any = !bars.isEmpty();
    BigDecimal volume = any || !carried.isEmpty() ? traded.stream().map(Bar::volume).reduce(BigDecimal.ZERO, BigDecimal::add) : null;
    List<Bar> weighted = traded.stream().filter(bar -> bar.vwap() != null).toList();
    BigDecimal weight = weighted.stream().map(Bar::volume).reduce(BigDecimal.ZERO, BigDecimal::add);
    BigDecimal turnover =
        weighted.isEmpty()
            ? null
            : weighted.stream()
                .map(bar -> bar.vwap().multiply(bar.volume()).setScale(12, RoundingMode.HALF_UP))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    List<Long> counts = bars.stream().map(bar -> isQuoted(bar) ? Long.valueOf(0) : bar.tradeCount()).filter(count -> count != null).toList();
    Long count = any ? counts.isEmpty() ? null : Long.valueOf(counts.stream().mapToLong(Long::longValue).sum()) : flat == null ? null : 0L;
    TreeSet<String> sources = new TreeSet<>(any ? bars.stream().map(Bar::source).toList() : carried.stream().map(Cell::source).toList());
    String pricesFrom = any ? traded.isEmpty() ? "quotes" : traded.size() < bars.size() ? "quotes,trades" : "trades" : flat == null ? null : "carried";
    return line(
        any ? bars.get(0).open() : flat,
        any ? bars.stream().map(Bar::high).max(Comparator.naturalOrder()).get() : flat,
        any ? bars.stream().map(Bar::low).min(Comparator.naturalOrder()).get() : flat,
        any ? bars.get(bars.size() - 1).close() : flat,
        volume, turnover, weight, turnover == null || weight.signum() == 0 ? null : turnover.divide(weight, 12, RoundingMode.HALF_UP), count,
        traded.size(), bars.size() - traded.size(), carried.size(), cells.size() - bars.size() - carried.size(), closed, pricesFrom,
        sources.isEmpty() ? null : String.join(",", sources));
  }

  private Map<Coin, TreeMap<Long, Cell>> grids() {
    Map<Coin, TreeMap<Long, Cell>> grids = new HashMap<>();
    bars.keySet().forEach(coin -> grids.put(coin, grid(coin)));
    return grids;
  }

  private static Cell cellOf(Map<Coin, TreeMap<Long, Cell>> grids, Trade trade) {
    return grids.getOrDefault(trade.coin(), new TreeMap<>()).get(Math.floorDiv(trade.at(), 60_000_000L));
  }

  private static BigDecimal valueOf(Cell cell, Trade trade) {
    return cell == null || cell.price() == null ? null : cell.price().multiply(trade.quantity()).setScale(12, RoundingMode.HALF_UP);
  }

  TreeMap<String, String> trades() {
    Map<Coin, TreeMap<Long, Cell>> grids = grids();
    TreeMap<String, String> rows = new TreeMap<>();
    for (Trade trade : trades.values()) {
      Cell cell = cellOf(grids, trade);
      String state = cell == null || cell.price() == null ? "pending" : cell.isProvisional() ? "provisional" : cell.isTraded() ? "exact" : cell.state();
      rows.put(
          trade.id(),
          line(
              trade.holder().user(), trade.coin().asset(), trade.quantity(), cell == null ? null : cell.price(), valueOf(cell, trade), state));
    }
    return rows;
  }

  TreeMap<String, String> volumes() {
    Map<Coin, TreeMap<Long, Cell>> grids = grids();
    Map<String, List<Trade>> groups = new TreeMap<>();
    for (Trade trade : trades.values()) {
      Coin coin = trade.coin();
      long minute = trade.at() / 60_000_000;
      groups.computeIfAbsent(line(coin.asset(), coin.type(), "1m", micros(minute)), key -> new ArrayList<>()).add(trade);
      groups.computeIfAbsent(line(coin.asset(), coin.type(), "1h", micros(minute / 60 * 60)), key -> new ArrayList<>()).add(trade);
    }
    TreeMap<String, String> rows = new TreeMap<>();
    groups.forEach(
        (key, its) -> {
          BigDecimal[] sums = {BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO};
          int unvalued = 0;
          HashSet<String> users = new HashSet<>();
          for (Trade trade : its) {
            int side = trade.buy() ? 0 : 1;
            sums[side] = sums[side].add(trade.quantity());
            BigDecimal value = valueOf(cellOf(grids, trade), trade);
            unvalued += value == null ? 1 : 0;
            sums[2 + side] = value == null ? sums[2 + side] : sums[2 + side].add(value);
            users.add(trade.holder().user());
          }
          rows.put(
              key,
              line(
                  its.size(), users.size(), unvalued, sums[0], sums[1], sums[0].subtract(sums[1]), sums[2], sums[3],
                  sums[2].subtract(sums[3])));
        });
    return rows;
  }

  TreeMap<String, String> positions() {
    Map<Coin, TreeMap<Long, Cell>> grids = grids();
    Map<Trade.Holder, List<Trade>> held = new HashMap<>();
    trades.values().forEach(trade -> held.computeIfAbsent(trade.holder(), holder -> new ArrayList<>()).add(trade));
    TreeMap<String, String> rows = new TreeMap<>();
    held.forEach(
        (holder, its) -> {
          its.sort(Comparator.comparingLong(Trade::at).thenComparing(Trade::id));
          rows.put(line(holder.user(), holder.coin().asset(), holder.coin().type()), position(holder, its, grids));
        });
    return rows;
  }

  /** A long and a short side, each with its own cost, of which at most one is open. */
  private static String position(Trade.Holder holder, List<Trade> its, Map<Coin, TreeMap<Long, Cell>> grids) {
    BigDecimal[] quantity = {BigDecimal.ZERO, BigDecimal.ZERO};
    BigDecimal[] worth = {BigDecimal.ZERO, BigDecimal.ZERO};
    BigDecimal realised = BigDecimal.ZERO;
    int valued = 0;
    for (Trade trade : its) {
      BigDecimal value = valueOf(cellOf(grids, trade), trade);
      if (value == null) {
        continue;
      }
      valued++;
      int own = trade.buy() ? 0 : 1;
      int other = 1 - own;
      BigDecimal closed = trade.quantity().min(quantity[other]);
      BigDecimal rest = trade.quantity().subtract(closed);
      if (closed.signum() > 0) {
        BigDecimal given =
            closed.compareTo(quantity[other]) == 0
                ? worth[other]
                : worth[other].multiply(closed).divide(quantity[other], 12, RoundingMode.HALF_UP);
        BigDecimal paid = rest.signum() == 0 ? value : value.multiply(closed).divide(trade.quantity(), 12, RoundingMode.HALF_UP);
        realised = realised.add(trade.buy() ? given.subtract(paid) : paid.subtract(given));
        quantity[other] = quantity[other].subtract(closed);
        worth[other] = worth[other].subtract(given);
        value = value.subtract(paid);
      }
      quantity[own] = quantity[own].add(rest);
      worth[own] = worth[own].add(value);
    }
    BigDecimal holding = quantity[0].subtract(quantity[1]);
    BigDecimal cost = worth[0].subtract(worth[1]);
    TreeMap<Long, Cell> grid = grids.getOrDefault(holder.coin(), new TreeMap<>());
    BigDecimal price = grid.isEmpty() ? null : grid.lastEntry().getValue().lastPrice();
    return line(
        holding, holding.signum() == 0 ? null : cost.divide(holding, 12, RoundingMode.HALF_UP), cost, realised, price,
        price == null ? null : holding.multiply(price).setScale(12, RoundingMode.HALF_UP).subtract(cost), valued, its.size() - valued,
        its.get(its.size() - 1).at());
  }
}
