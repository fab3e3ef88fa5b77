package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The candles of an exchange: the past of new coins, and the second opinion on bars. For one thread. */
final class FeedCandles {
  private final Exchange exchange;
  private final FeedTrades trades;
  private final Run run;
  private final Map<Pair, CandleHistory> pasts = new LinkedHashMap<>();

  FeedCandles(FeedTrades trades, Run run) {
    this.exchange = trades.exchange();
    this.trades = trades;
    this.run = run;
  }

  /** Candles to ask for. */
  record Question(Pair pair, CandleCheck.Span span) {}

  /** Fills the past of pairs that the lake knows nothing of. @param length of it */
  void fillPast(Set<Pair> fresh, Duration length) {
    if (exchange.candlesOfPage() == 0 || length.isZero()) {
      return;
    }
    for (Pair pair : trades.bars().keySet()) {
      if (fresh.contains(pair)) {
        pasts.put(pair, new CandleHistory(length, exchange.source() + Sources.CANDLES, run));
      }
    }
  }

  /** Fills what an earlier run has left of the past of pairs. */
  void continuePast(Map<Pair, MarketSource.Past> spans) {
    if (exchange.candlesOfPage() == 0) {
      return;
    }
    for (Pair pair : trades.bars().keySet()) {
      MarketSource.Past past = spans.get(pair);
      if (past != null) {
        pasts.put(pair, new CandleHistory(past, exchange.source() + Sources.CANDLES, run));
      }
    }
  }

  /** First those before the first trade, so that a new lake has a past, then those that are compared; null for none. */
  Question due() {
    if (exchange.candlesOfPage() == 0) {
      return null;
    }
    for (Map.Entry<Pair, CandleHistory> entry : pasts.entrySet()) {
      CandleCheck.Span span = entry.getValue().due(trades.bars().get(entry.getKey()).begin(), exchange.candlesOfPage());
      if (span != null) {
        return new Question(entry.getKey(), span);
      }
    }
    for (Map.Entry<Pair, PairBars> entry : trades.bars().entrySet()) {
      CandleCheck.Span span = entry.getValue().candles().due(exchange.candlesOfPage());
      if (span != null) {
        return new Question(entry.getKey(), span);
      }
    }
    return null;
  }

  /** The exchange refuses to give candles. */
  void refused(Pair pair) {
    pasts.remove(pair);
    trades.bars().get(pair).candles().postpone();
  }

  /** Takes the candles that were asked for. */
  void take(Pair pair, CandleCheck.Span asked, List<QuoteBar> candles) {
    PairBars its = trades.bars().get(pair);
    CandleHistory past = pasts.get(pair);
    if (past != null && past.isNext(asked.to())) {
      trades.noteSent(past.take(asked, candles));
      return;
    }
    for (MarketRecord report : its.candles().compare(asked, candles)) {
      trades.noteSent(run.report(report, exchange.source()));
    }
    long unexplained = its.candles().unexplained();
    if (unexplained > 0) {
      String message = exchange.title() + "'s own candles of " + unexplained + " minutes of " + pair + " differ from its trades";
      run.state().trouble("candles " + pair, message, run.time().now());
    } else {
      run.state().resolved("candles " + pair);
    }
  }
}
