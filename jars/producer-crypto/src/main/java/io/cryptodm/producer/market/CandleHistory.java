package io.cryptodm.producer.market;

import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The past of a new coin, from the exchange's candles, page after page into the past. They may be incomplete, so nothing is said of minutes that have none.
 */
final class CandleHistory {
  private final Duration length;
  /** null for all of it */
  private final MarketSource.Past left;
  private final String source;
  private final Run run;
  private Instant begin;
  private Instant end;

  CandleHistory(Duration length, String source, Run run) {
    this.length = length;
    this.left = null;
    this.source = source;
    this.run = run;
  }

  /** One of which an earlier run has left some minutes. */
  CandleHistory(MarketSource.Past left, String source, Run run) {
    this.length = Duration.between(left.from(), left.to());
    this.left = left;
    this.source = source;
    this.run = run;
  }

  /** The minutes to ask for now; null for none. @param first minute whose trades are followed; null before the first trade */
  CandleCheck.Span due(Instant first, int most) {
    if (end == null && first != null) {
      begin = left == null ? MinuteBars.minuteOf(first.minus(length)) : left.from();
      // A candle must not follow a bar that is made of trades.
      end = left == null || first.isBefore(left.to()) ? first : left.to();
      run.state().history(Math.max(0, Duration.between(begin, end).toMinutes()), 0);
    }
    if (end == null || !begin.isBefore(end)) {
      return null;
    }
    Instant from = end.minus(MinuteBars.MINUTE.multipliedBy(most));
    return new CandleCheck.Span(from.isBefore(begin) ? begin : from, end);
  }

  /** Whether an answer up to this minute is about it. */
  boolean isNext(Instant to) {
    return to.equals(end) && begin.isBefore(to);
  }

  /** Sends the candles of the minutes that were asked for, oldest first. False when the run ends. */
  boolean take(CandleCheck.Span asked, List<QuoteBar> candles) {
    List<QuoteBar> its =
        candles.stream()
            .filter(bar -> !bar.start().isBefore(asked.from()) && bar.start().isBefore(asked.to()))
            .sorted((one, other) -> one.start().compareTo(other.start()))
            .toList();
    for (QuoteBar bar : its) {
      if (!run.send(bar, source)) {
        return false;
      }
    }
    run.state().history(0, Duration.between(asked.from(), asked.to()).toMinutes());
    end = asked.from();
    return true;
  }
}
