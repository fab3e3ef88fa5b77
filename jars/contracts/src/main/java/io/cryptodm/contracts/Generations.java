package io.cryptodm.contracts;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * The generations whose records stand in a topic, and where each begins. A topic that was made has one, from offset 0. One that lost its
 * last records keeps what is left of it in the earlier generation; a later one begins where the loss did, because offsets come again
 * there with other records.
 *
 * @param begins in the order of the generations, the first from offset 0 and the last the present one
 */
public record Generations(List<Begin> begins) implements Serializable {

  /**
   * A generation of a topic.
   *
   * @param from first offset of each partition that belongs to it; a partition that is not named belongs to it from 0
   */
  public record Begin(long generation, Map<Integer, Long> from) implements Serializable {
    public Begin {
      from = Map.copyOf(from);
    }

    long from(int partition) {
      return from.getOrDefault(partition, 0L);
    }
  }

  /** @throws IllegalArgumentException if there are none, or they are not in order */
  public Generations {
    begins = List.copyOf(begins);
    if (begins.isEmpty()) {
      throw new IllegalArgumentException("a topic has at least one generation");
    }
    for (int i = 1; i < begins.size(); i++) {
      if (begins.get(i).generation() <= begins.get(i - 1).generation()) {
        throw new IllegalArgumentException("generations must rise but " + begins.get(i).generation() + " follows " + begins.get(i - 1).generation());
      }
    }
  }

  /** Those of a topic that was made as this generation and has lost nothing. */
  public static Generations whole(long generation) {
    return new Generations(List.of(new Begin(generation, Map.of())));
  }

  /** The generation of what is produced now. */
  public long present() {
    return begins.get(begins.size() - 1).generation();
  }

  /** The generation of a record. */
  public long at(int partition, long offset) {
    for (int i = begins.size() - 1; i > 0; i--) {
      if (offset >= begins.get(i).from(partition)) {
        return begins.get(i).generation();
      }
    }
    return begins.get(0).generation();
  }

  /** True if records of a generation stand in the topic: it was not created again since. */
  public boolean reach(long generation) {
    return begins.stream().anyMatch(begin -> begin.generation() == generation);
  }

  /**
   * How much of what somebody read of a partition is still what the topic holds.
   *
   * @param generation the present one when it was read
   * @param end offset before which everything was read
   * @return offset before which everything is known; 0 when the topic was created again since
   */
  public long standing(long generation, int partition, long end) {
    if (!reach(generation)) {
      return 0;
    }
    long standing = end;
    for (Begin begin : begins) {
      if (begin.generation() > generation) {
        standing = Math.min(standing, begin.from(partition));
      }
    }
    return standing;
  }

  /** Offset at which the present generation begins. */
  public long begin(int partition) {
    return begins.get(begins.size() - 1).from(partition);
  }
}
