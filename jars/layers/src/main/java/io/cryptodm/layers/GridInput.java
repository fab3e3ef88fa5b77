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
 * @param end minutes from here on belong to a later slice, exclusive
 */
record GridInput(Map<Coin, TreeMap<Long, Bar>> bars, Map<Coin, MinuteRanges> coverage, long end) {
  GridInput(long end) {
    this(new HashMap<>(), new HashMap<>(), end);
  }

  void add(Coin coin, Bar bar) {
    bars.computeIfAbsent(coin, its -> new TreeMap<>()).merge(bar.minute(), bar, Bar::newest);
  }

  void add(Coin coin, MinuteRanges known) {
    if (!known.isEmpty()) {
      coverage.computeIfAbsent(coin, its -> new MinuteRanges()).addAll(known);
    }
  }

  boolean isEmpty() {
    return bars.isEmpty() && coverage.isEmpty();
  }
}
