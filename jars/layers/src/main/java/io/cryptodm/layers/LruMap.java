package io.cryptodm.layers;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map of limited size that drops its least recently used entry. */
final class LruMap<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;
  private final int limit;

  LruMap(int limit) {
    super(16, 0.75f, true);
    this.limit = limit;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > limit;
  }
}
