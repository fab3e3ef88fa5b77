package io.cryptodm.contracts;

import java.nio.charset.StandardCharsets;

/** Writes records of the topic of market trades; {@link MarketParser} reads them back unchanged. */
public final class MarketWriter {
  private MarketWriter() {}

  /** The record's value as UTF-8: plain decimals without trailing zeros, times in UTC. */
  public static byte[] write(MarketRecord record) {
    StringBuilder out = new StringBuilder(160).append("{\"pair\":\"").append(record.pair()).append('"');
    if (record instanceof MarketTrade trade) {
      trade(out, trade);
    } else if (record instanceof TradeHole hole) {
      hole(out, hole);
    } else if (record instanceof TradeWatch watch) {
      out.append(",\"watched\":{\"first\":").append(watch.first()).append(",\"last\":").append(watch.last());
      if (watch.until() != null) {
        out.append(",\"until\":\"").append(watch.until()).append('"');
      }
      out.append('}');
    } else if (record instanceof CandleDifference difference) {
      difference(out, difference);
    }
    return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void trade(StringBuilder out, MarketTrade trade) {
    out.append(",\"id\":").append(trade.id());
    out.append(",\"time\":\"").append(trade.time());
    out.append("\",\"price\":").append(Money.text(trade.price()));
    out.append(",\"quantity\":").append(Money.text(trade.quantity()));
    if (trade.side() != null) {
      out.append(",\"side\":\"").append(trade.side().wire()).append('"');
    }
  }

  private static void hole(StringBuilder out, TradeHole hole) {
    out.append(",\"hole\":{\"first\":").append(hole.first());
    out.append(",\"last\":").append(hole.last());
    out.append(",\"from\":\"").append(hole.from());
    out.append("\",\"to\":\"").append(hole.to());
    out.append("\",\"state\":\"").append(hole.state().wire());
    out.append("\",\"reason\":").append(WireJson.quoted(hole.reason())).append('}');
  }

  private static void difference(StringBuilder out, CandleDifference difference) {
    out.append(",\"candle\":{\"start\":\"").append(difference.start());
    out.append("\",\"cause\":\"").append(difference.cause().wire());
    sums(out.append("\",\"ours\":"), difference.ours());
    sums(out.append(",\"theirs\":"), difference.theirs());
    out.append('}');
  }

  private static void sums(StringBuilder out, CandleDifference.Sums sums) {
    if (sums == null) {
      out.append("null");
      return;
    }
    out.append("{\"o\":").append(Money.text(sums.open()));
    out.append(",\"h\":").append(Money.text(sums.high()));
    out.append(",\"l\":").append(Money.text(sums.low()));
    out.append(",\"c\":").append(Money.text(sums.close()));
    out.append(",\"v\":").append(Money.text(sums.volume())).append('}');
  }
}
