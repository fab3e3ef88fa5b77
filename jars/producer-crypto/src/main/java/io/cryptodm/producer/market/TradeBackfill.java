package io.cryptodm.producer.market;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the histories of exchanges for the trades of the past, one pair after the other, and ends. */
public final class TradeBackfill {
  private static final Logger LOG = LoggerFactory.getLogger(TradeBackfill.class);

  /** Requests come half as often as an exchange allows: the lake's own producer may need its history at the same time. */
  private static final int SHARE = 2;

  private final Map<String, TradePages> histories = new HashMap<>();
  private final Run run;
  private final Reporter reporter;
  private final CoverageWriter coverage;
  private long asked;
  private long total;

  /** @param urls of their histories, by the name of the source */
  public TradeBackfill(Collection<Exchange> exchanges, Map<String, String> urls, Run run, Reporter reporter) {
    this.run = run;
    this.reporter = reporter;
    this.coverage = new CoverageWriter(run);
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).version(HttpClient.Version.HTTP_1_1).build();
    for (Exchange exchange : exchanges) {
      Duration pace = exchange.pace().multipliedBy(SHARE);
      HistoryClient client = new HistoryClient(exchange, urls.get(exchange.source()), http, run.time(), pace);
      histories.put(exchange.source(), new PatientHistory(client, run));
    }
  }

  /** @throws ExchangeException when an exchange does not answer */
  public void run(TradePlan plan) throws ExchangeException {
    run.markBackfill();
    total = plan.minutes();
    try {
      for (TradePlan.Part part : plan.parts()) {
        fill(part);
      }
    } catch (ExchangeException e) {
      reporter.failed(e.getMessage());
      throw e;
    } catch (InterruptedException e) {
      LOG.info("stopped after {} of {} minutes", asked, total);
    }
  }

  private void fill(TradePlan.Part part) throws ExchangeException, InterruptedException {
    TradePages history = histories.get(part.source());
    long given = 0;
    long sent = 0;
    long absent = 0;
    long bars = 0;
    Instant begins = null;
    List<MinuteRanges.Range> spans = part.asked().list();
    for (int at = 0; at < spans.size(); at++) {
      long before = asked;
      SpanFill span = new SpanFill(history, part, spans.get(at), run, coverage, this::progress);
      try {
        span.run();
      } catch (ExchangeException e) {
        if (!e.isRefused()) {
          throw e;
        }
        String reason = history.exchange().title() + " gives no trades of " + part.pair() + ": " + e.getMessage();
        LOG.error("{}", reason);
        reporter.refused(reason);
        asked = before;
        break;
      } finally {
        given += span.given();
        sent += span.sent();
        absent += span.absent();
        bars += span.bars();
        begins = at == 0 ? span.begins() : begins;
      }
    }
    reporter.backfilled(new Reporter.Backfilled(part.source(), part.pair().toString(), given, sent, absent, bars, begins));
  }

  private void progress(long minutes) {
    asked += minutes;
    reporter.history(asked, total);
  }
}
