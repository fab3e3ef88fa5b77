package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * New rows of bronze that change the grid.
 *
 * @param bars by coin and minute
 * @param coverage minutes that are now known, by coin
 * @param refused minutes that may be known no longer, because a bar of theirs was refused, by coin
 * @param end minutes from here on belong to a later slice, exclusive
 */
record GridInput(Map<Coin, TreeMap<Long, Bar>> bars, Map<Coin, MinuteRanges> coverage, Map<Coin, MinuteRanges> refused, long end) {
  GridInput(long end) {
    this(new HashMap<>(), new HashMap<>(), new HashMap<>(), end);
  }

  void add(Coin coin, Bar bar) {
    bars.computeIfAbsent(coin, its -> new TreeMap<>()).merge(bar.minute(), bar, Bar::newest);
  }

  void add(Coin coin, KnownMinutes.Said said) {
    add(coverage, coin, said.known());
    add(refused, coin, said.refused());
  }

  /** A refused minute makes no grid longer: those beyond its end count once it has grown over them. */
  void addRefused(Coin coin, long end) {
    MinuteRanges its = refused.get(coin);
    if (its != null) {
      add(coverage, coin, its.within(Long.MIN_VALUE, end));
    }
  }

  private static void add(Map<Coin, MinuteRanges> all, Coin coin, MinuteRanges minutes) {
    if (!minutes.isEmpty()) {
      all.computeIfAbsent(coin, its -> new MinuteRanges()).addAll(minutes);
    }
  }

  boolean isEmpty() {
    return bars.isEmpty() && coverage.isEmpty() && refused.isEmpty();
  }
}
