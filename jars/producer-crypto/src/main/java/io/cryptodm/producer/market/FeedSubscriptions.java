package io.cryptodm.producer.market;

import io.cryptodm.contracts.Pair;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The messages that subscribe to the pairs of an exchange, so that one that it refuses does not keep the others. */
final class FeedSubscriptions {
  private final Exchange exchange;
  private final Collection<PairFeed> feeds;

  FeedSubscriptions(Exchange exchange, Collection<PairFeed> feeds) {
    this.exchange = exchange;
    this.feeds = feeds;
  }

  /** For a new connection: also those that were refused before, for the exchange may list them again. */
  List<String> all() {
    List<String> messages = new ArrayList<>(of(accepted()));
    messages.addAll(refused());
    return messages;
  }

  /** For the pairs that are refused, each by itself. */
  List<String> refused() {
    return feeds.stream().filter(feed -> feed.refused() != null).flatMap(feed -> of(List.of(feed.pair())).stream()).toList();
  }

  /** Notes a pair that is refused. The messages for the others, if their request was refused with it. */
  List<String> refuse(PairFeed feed, String reason) {
    // One that was refused before had a request of its own, and some exchanges give each pair one.
    boolean wasAlone = feed.refused() != null || exchange.subscriptions(List.of(feed.pair(), feed.pair())).size() > 1;
    feed.refused(reason);
    return wasAlone ? List.of() : of(accepted());
  }

  private List<Pair> accepted() {
    return feeds.stream().filter(feed -> feed.refused() == null).map(PairFeed::pair).toList();
  }

  private List<String> of(List<Pair> pairs) {
    return pairs.isEmpty() ? List.of() : exchange.subscriptions(pairs);
  }
}
