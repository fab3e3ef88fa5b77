package io.cryptodm.producer.crypto;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.RetryAfter;
import io.cryptodm.producer.Sink;
import io.cryptodm.producer.RunState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AlpacaSourceTest {
  private static final Instant NOW = Instant.parse("2025-07-08T05:44:03Z");
  private static final Pair BTC = new Pair("BTC", "USD");
  private static final Pair LTC = new Pair("LTC", "USD");

  private AlpacaDouble alpaca;

  @BeforeEach
  void open() throws Exception {
    alpaca = new AlpacaDouble();
  }

  @AfterEach
  void close() {
    alpaca.close();
  }

  private static String fields(String minute, double close) {
    return "{\"c\":" + close + ",\"h\":" + (close + 1) + ",\"l\":1,\"n\":3,\"o\":2,\"t\":\"2025-07-08T" + minute + ":00Z\",\"v\":1.5,\"vw\":2}";
  }

  private static String latest(String symbol, String minute, double close) {
    return "{\"bars\":{\"" + symbol + "\":" + fields(minute, close) + "}}";
  }

  private FakeClock time;

  private Sink run(int pauses, Pair... pairs) {
    return run(pauses, new TopicTail(), pairs);
  }

  private Sink run(int pauses, TopicTail tail, Pair... pairs) {
    return run(new FakeClock(NOW, pauses), tail, pairs);
  }

  private Sink run(FakeClock clock, TopicTail tail, Pair... pairs) {
    time = clock;
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    AlpacaSource source = new AlpacaSource(new AlpacaClient(alpaca.url(), null, null, time), List.of(pairs), Duration.ofSeconds(5), Duration.ZERO, sink.run);
    source.resume(tail);
    source.run(null);
    return sink;
  }

  @Test
  void sendsABarOnceAndItsRevisionsInOneRequestForAllCoins() {
    String both = "{\"bars\":{\"BTC/USD\":" + fields("05:43", 10) + ",\"LTC/USD\":" + fields("05:43", 5) + "}}";
    alpaca.latest(200, both).latest(200, both).latest(200, both.replace("10.0", "9.5")).latest(200, both.replace("10.0", "9.5"));
    Sink sink = run(5, BTC, LTC);
    assertEquals(
        List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10", "alpaca LTC/USD 2025-07-08T05:43:00Z 5", "alpaca BTC/USD 2025-07-08T05:43:00Z 9.5"),
        sink.quotes());
    assertEquals("latest/bars?symbols=BTC/USD,LTC/USD", alpaca.asked().get(0));
    assertEquals(alpaca.asked().size(), sink.state.snapshot().polls());
    assertEquals(5, sink.state.snapshot().repeatsDropped());
    assertTrue(time.pauses().stream().allMatch(pause -> pause.compareTo(Duration.ofSeconds(5)) <= 0));
  }

  @Test
  void goesOnAfterThrottlingFailuresDropsAndNonsense() {
    alpaca
        .latest(429, "{\"message\":\"too many requests\"}", "7")
        // By the server's clock, which is the real one here, and far ahead of the run's.
        .latest(429, "", RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(90)))
        .latest(503, "down")
        .latest(0, "")
        .latest(200, "<html>")
        .latest(200, "{\"bars\":")
        .latest(302, "")
        .latest(200, latest("BTC/USD", "05:43", 10));
    Sink sink = run(10, BTC);
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10"), sink.quotes());
    List<Duration> pauses = time.pauses();
    assertTrue(pauses.get(1).compareTo(Duration.ofSeconds(7)) >= 0, "Retry-After in seconds: " + pauses);
    assertTrue(pauses.get(2).compareTo(Duration.ofSeconds(79)) >= 0 && pauses.get(2).compareTo(Duration.ofSeconds(120)) <= 0, "Retry-After as a date: " + pauses);
    assertTrue(pauses.subList(1, 8).stream().allMatch(pause -> pause.toMillis() >= 200), "never a busy loop: " + pauses);
  }

  @Test
  void neverLoopsBusilyWhenAlpacaIsGone() {
    alpaca.close();
    run(30, BTC);
    assertTrue(time.pauses().subList(1, 30).stream().allMatch(pause -> pause.toMillis() >= 200));
  }

  @Test
  void tenMinutesOfThrottlingAndFailuresAreNamedAndOver() {
    Instant over = NOW.plus(Duration.ofMinutes(10));
    time = new FakeClock(NOW, 200);
    alpaca.refuse(() -> time.now().isBefore(over), 429, 503, 500).latest(200, latest("BTC/USD", "05:54", 10));
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    AlpacaSource source = new AlpacaSource(new AlpacaClient(alpaca.url(), null, null, time), List.of(BTC), Duration.ofSeconds(5), Duration.ZERO, sink.run);
    time.each(() -> {
      RunState.Snapshot now = sink.state.snapshot();
      boolean failing = !now.troubles().isEmpty();
      assertEquals(failing, now.sent() == 0 && now.polls() > 0, now.toString());
      if (failing) {
        assertTrue(now.troubles().get("source").message().matches("Alpaca answered (429|503|500).*"), now.toString());
        assertEquals(NOW, now.troubles().get("source").since());
      }
    });
    source.resume(new TopicTail());
    source.run(null);
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:54:00Z 10"), sink.quotes());
    long asked = time.pauses().stream().takeWhile(pause -> !pause.equals(Duration.ofSeconds(5))).count();
    assertTrue(asked < 40, "the source is spared while it fails: asked " + asked + " times in 10 minutes");
  }

  @Test
  void aClockThatIsOffIsTold() {
    alpaca.latest(200, latest("BTC/USD", "05:43", 10));
    time = new FakeClock(Instant.now().minus(Duration.ofMinutes(3)), 3);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    new AlpacaSource(new AlpacaClient(alpaca.url(), null, null, time), List.of(BTC), Duration.ofMillis(1), Duration.ZERO, sink.run).run(null);
    assertEquals(180, sink.state.snapshot().clockOffset(), 10);
  }

  @Test
  void aRefusedCoinIsNamedAndTheOthersGoOn() {
    Pair bad = new Pair("NOPE", "USD");
    alpaca
        .latest(400, "{\"message\":\"invalid symbol: NOPE/USD\"}")
        .latest(200, latest("BTC/USD", "05:43", 10));
    Sink sink = run(3, BTC, bad);
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10"), sink.quotes());
    assertTrue(sink.state.snapshot().lastError().contains("refuses NOPE/USD"), sink.state.snapshot().lastError());
    assertEquals(List.of("latest/bars?symbols=BTC/USD,NOPE/USD", "latest/bars?symbols=BTC/USD"), alpaca.asked().subList(0, 2));
    assertTrue(alpaca.asked().subList(1, alpaca.asked().size()).stream().noneMatch(query -> query.contains("NOPE")));
  }

  @Test
  void aRefusalWithoutANameIsNarrowedDown() {
    Pair bad = new Pair("NOPE", "USD");
    alpaca
        .latest(400, "bad request")
        .latest(200, latest("BTC/USD", "05:43", 10))
        .latest(400, "bad request")
        .latest(200, "{\"bars\":{}}");
    Sink sink = run(3, BTC, bad);
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10"), sink.quotes());
    assertTrue(troubles(sink).toString().contains("refuses NOPE/USD"), troubles(sink).toString());
  }

  @Test
  void missedMinutesComeFromTheHistoryOnce() {
    alpaca
        .latest(200, latest("BTC/USD", "05:38", 10))
        .latest(200, latest("BTC/USD", "05:43", 15))
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:39", 11) + "]},\"next_page_token\":\"p2\"}")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:41", 12) + "," + fields("05:43", 99) + "]},\"next_page_token\":null}");
    Sink sink = run(8, BTC);
    assertEquals(
        List.of(
            "alpaca BTC/USD 2025-07-08T05:38:00Z 10",
            "alpaca BTC/USD 2025-07-08T05:43:00Z 15",
            "alpaca-history BTC/USD 2025-07-08T05:39:00Z 11",
            "alpaca-history BTC/USD 2025-07-08T05:41:00Z 12"),
        sink.quotes());
    String query = "bars?symbols=BTC/USD&timeframe=1Min&start=2025-07-08T05:39:00Z&end=2025-07-08T05:42:00Z&limit=10000";
    assertEquals(
        List.of(query, query + "&page_token=p2"), alpaca.asked().stream().filter(asked -> asked.startsWith("bars")).toList(), "05:40 stays empty");
  }

  @Test
  void aRestartFillsItsOwnPauseAndTheHolesOfAKill() {
    TopicTail tail = new TopicTail();
    for (String minute : List.of("05:30", "05:33")) {
      tail.add(bar("BTC/USD", minute, 10), "alpaca");
    }
    tail.add(bar("BTC/USD", "05:42", 10), "simulate");
    alpaca
        .latest(200, latest("BTC/USD", "05:36", 15))
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:31", 11) + "," + fields("05:32", 12) + "]}}")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:34", 13) + "," + fields("05:35", 14) + "]}}")
        .history(500, "");
    Sink sink = run(6, tail, BTC);
    assertEquals(
        List.of("05:31", "05:32", "05:34", "05:35", "05:36"),
        sink.bars().stream().map(QuoteBar::start).sorted().map(start -> start.toString().substring(11, 16)).toList());
  }

  @Test
  void aRestartDoesNotRepeatTheLastBar() {
    TopicTail tail = new TopicTail();
    tail.add(bar("BTC/USD", "05:43", 10), "alpaca");
    alpaca.latest(200, latest("BTC/USD", "05:43", 10));
    assertEquals(List.of(), run(3, tail, BTC).quotes());
  }

  @Test
  void aFailingHistoryIsAskedAgainWhilePollingGoesOn() {
    alpaca
        .latest(200, latest("BTC/USD", "05:38", 10))
        .latest(200, latest("BTC/USD", "05:40", 11))
        .latest(200, latest("BTC/USD", "05:40", 12))
        .history(500, "")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:39", 11) + "]}}");
    Sink sink = run(12, BTC);
    assertTrue(sink.quotes().contains("alpaca-history BTC/USD 2025-07-08T05:39:00Z 11"));
    assertTrue(sink.quotes().contains("alpaca BTC/USD 2025-07-08T05:40:00Z 12"));
  }

  @Test
  void aGapIsBoundedToSevenDays() {
    TopicTail tail = new TopicTail();
    tail.add(new QuoteBar(BTC, Instant.parse("2025-01-01T00:00:00Z"), one(), one(), one(), one(), one(), null, null), "alpaca");
    alpaca.latest(200, latest("BTC/USD", "05:43", 10)).history(200, "{\"bars\":{}}");
    run(3, tail, BTC);
    // In slices of a page, so that a kill in between leaves a hole that the end of the topic shows.
    assertTrue(alpaca.asked().get(1).contains("start=2025-07-01T05:44:00Z&end=2025-07-08T04:23:00Z"), alpaca.asked().toString());
    assertTrue(alpaca.asked().get(2).contains("start=2025-07-08T04:24:00Z&end=2025-07-08T05:42:00Z"), alpaca.asked().toString());
  }

  private static Coverage coverage(String state, String from, String to) {
    return new Coverage(
        BTC,
        Instant.parse("2025-07-08T" + from + ":00Z"),
        Instant.parse("2025-07-08T" + to + ":00Z"),
        state.equals("history") ? Coverage.State.HISTORY : Coverage.State.OBSERVED);
  }

  private static String watched(String line) {
    return line.replaceAll("\\b(\\d\\d:\\d\\d)\\b", "2025-07-08T$1:00Z");
  }

  @Test
  void theLatestBarProvesThatNothingWasTradedSinceOnceThatIsSettled() {
    alpaca.latest(200, latest("BTC/USD", "05:43", 10));
    Sink sink = run(40, BTC);
    assertEquals(List.of(watched("alpaca BTC/USD observed 05:43 to 05:45")), sink.watched(), "now it is " + time.now());
    assertEquals(2, sink.uncounted(), "one a minute");
    assertEquals(1, sink.state.snapshot().sent(), "it is no event");
  }

  @Test
  void aCoinThatIsQuietForDaysIsWatchedDayByDay() {
    alpaca.latest(200, "{\"bars\":{\"BTC/USD\":" + fields("05:43", 10).replace("2025-07-08", "2025-07-06") + "}}");
    assertEquals(
        List.of(
            "alpaca BTC/USD observed 2025-07-06T05:43:00Z to 2025-07-07T00:00:00Z",
            "alpaca BTC/USD observed 2025-07-07T00:00:00Z to 2025-07-08T00:00:00Z",
            "alpaca BTC/USD observed 2025-07-08T00:00:00Z to 2025-07-08T05:42:00Z"),
        run(4, BTC).watched());
  }

  @Test
  void anOutageOfTheSourceIsSaidAndThenFilled() {
    alpaca
        .latest(200, latest("BTC/USD", "05:43", 10))
        .latest(503, "", "70")
        .latest(503, "", "70")
        .latest(429, "", "70")
        .latest(200, latest("BTC/USD", "05:46", 11))
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:44", 12) + "]}}");
    Sink sink = run(22, BTC);
    assertEquals(
        List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10", "alpaca BTC/USD 2025-07-08T05:46:00Z 11", "alpaca-history BTC/USD 2025-07-08T05:44:00Z 12"),
        sink.quotes());
    assertEquals(
        List.of(
            watched("alpaca BTC/USD source-down 05:42 to 05:46"),
            watched("alpaca-history BTC/USD history 05:44 to 05:46"),
            watched("alpaca BTC/USD observed 05:46 to 05:47")),
        sink.watched(),
        "now it is " + time.now());
  }

  @Test
  void aMinuteThatIsNotSettledYetIsAskedForAgain() {
    TopicTail tail = new TopicTail();
    tail.add(bar("BTC/USD", "05:40", 10), "alpaca");
    alpaca
        .latest(200, latest("BTC/USD", "05:43", 15))
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:41", 11) + "]}}")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:42", 12) + "]}}");
    Sink sink = run(12, tail, BTC);
    assertTrue(sink.quotes().contains("alpaca-history BTC/USD 2025-07-08T05:42:00Z 12"), sink.quotes().toString());
    assertEquals(List.of(watched("alpaca-history BTC/USD history 05:41 to 05:43")), sink.watched(), "now it is " + time.now());
  }

  @Test
  void aSleepOfTheMachineIsFilledAndNotBlamedOnTheSource() {
    alpaca
        .latest(200, latest("BTC/USD", "05:43", 10))
        .latest(0, "")
        .latest(200, "{\"bars\":{\"BTC/USD\":" + fields("06:43", 11) + "}}")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("06:00", 12) + "]}}");
    Sink sink = run(new FakeClock(NOW, 4).asleep(2, Duration.ofHours(1)), new TopicTail(), BTC);
    assertEquals(3, sink.quotes().size(), sink.quotes().toString());
    assertEquals(List.of(watched("alpaca-history BTC/USD history 05:44 to 06:42")), sink.watched(), "now it is " + time.now());
  }

  @Test
  void aKillInTheMiddleOfARefillLosesNothingAndWhatIsKnownIsNotAskedAgain() {
    TopicTail tail = new TopicTail();
    tail.add(bar("BTC/USD", "05:00", 10), "alpaca");
    tail.add(coverage("observed", "05:00", "05:10"), "alpaca");
    tail.add(coverage("history", "05:20", "05:30"), "alpaca-history");
    tail.add(coverage("observed", "05:30", "05:43"), "simulate");
    tail.add(bar("BTC/USD", "05:43", 11), "alpaca");
    alpaca
        .latest(200, latest("BTC/USD", "05:43", 11))
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:12", 1) + "," + fields("05:25", 2) + "," + fields("05:31", 3) + "]}}");
    Sink sink = run(3, tail, BTC);
    assertEquals(List.of("alpaca-history BTC/USD 2025-07-08T05:12:00Z 1", "alpaca-history BTC/USD 2025-07-08T05:31:00Z 3"), sink.quotes());
    assertTrue(alpaca.asked().get(1).contains("start=2025-07-08T05:10:00Z&end=2025-07-08T05:42:00Z"), alpaca.asked().toString());
    assertEquals(List.of(watched("alpaca-history BTC/USD history 05:10 to 05:42")), sink.watched());
  }

  @Test
  void aCoinThatIsRefusedIsNotSaidToBeQuiet() {
    Pair bad = new Pair("NOPE", "USD");
    alpaca.latest(400, "invalid symbol: NOPE/USD").latest(200, latest("BTC/USD", "05:43", 10));
    Sink sink = run(30, BTC, bad);
    assertEquals(
        List.of(watched("alpaca NOPE/USD source-down 05:44 to 05:46"), watched("alpaca BTC/USD observed 05:43 to 05:44")),
        sink.watched().stream().sorted(java.util.Comparator.reverseOrder()).toList(),
        "now it is " + time.now());
  }

  private static String bars(String... entries) {
    return "{\"bars\":{" + String.join(",", entries) + "}}";
  }

  private static String bar(String symbol, String fields) {
    return "\"" + symbol + "\":" + fields;
  }

  private List<String> troubles(Sink sink) {
    return sink.state.snapshot().troubles().entrySet().stream()
        .map(trouble -> trouble.getKey() + " since " + trouble.getValue().since() + ": " + trouble.getValue().message())
        .toList();
  }

  private Sink runWithFaults(int pauses, Pair... pairs) {
    time = new FakeClock(NOW, pauses);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    sink.mayHoldFaults = true;
    AlpacaSource source = new AlpacaSource(new AlpacaClient(alpaca.url(), null, null, time), List.of(pairs), Duration.ofSeconds(5), Duration.ZERO, sink.run);
    source.resume(new TopicTail());
    source.run(null);
    return sink;
  }

  @Test
  void aNewCoinGetsTheHistoryBeforeItsFirstBarOnce() {
    alpaca.latest(200, latest("BTC/USD", "05:43", 10));
    alpaca.history(200, "{\"bars\":{\"BTC/USD\":[" + fields("04:50", 7) + "," + fields("05:42", 9) + "]}}");
    time = new FakeClock(NOW, 6);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    AlpacaSource source =
        new AlpacaSource(new AlpacaClient(alpaca.url(), null, null, time), List.of(BTC), Duration.ofSeconds(5), Duration.ofHours(1), sink.run);
    source.resume(new TopicTail());
    source.run(null);
    assertEquals(
        List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10", "alpaca-history BTC/USD 2025-07-08T04:50:00Z 7", "alpaca-history BTC/USD 2025-07-08T05:42:00Z 9"),
        sink.quotes());
    assertEquals(1, alpaca.asked().stream().filter(query -> query.startsWith("bars?")).count());
    assertTrue(alpaca.asked().stream().anyMatch(query -> query.contains("start=2025-07-08T04:44:00Z&end=2025-07-08T05:42:00Z")), alpaca.asked().toString());
    assertEquals(59, sink.state.snapshot().historyMinutes());
    assertEquals(59, sink.state.snapshot().historyAnswered());
    assertTrue(sink.watched().contains(watched("alpaca-history BTC/USD history 04:44 to 05:42")), sink.watched().toString());
  }

  @Test
  void coinsWithoutAUsableBarAreNamedSinceTheyHaveNone() {
    Pair eth = new Pair("ETH", "USD");
    Pair old = new Pair("OLD", "USD");
    String aged = fields("05:43", 7).replace("2025-07-08T", "2025-07-01T");
    String partial =
        bars(bar("BTC/USD", fields("05:43", 10)), bar("ETH/USD", fields("05:43", 5).replace("\"v\":1.5", "\"v\":-1")), bar("OLD/USD", aged));
    alpaca.latest(200, partial);
    Sink sink = runWithFaults(5, BTC, eth, LTC, old);
    assertEquals(
        List.of(
            "coin ETH/USD since 2025-07-08T05:44:03Z: Alpaca's bar of ETH/USD is refused: volume 'v' must not be below 0 but is -1",
            "coin LTC/USD since 2025-07-08T05:44:03Z: Alpaca has no bar of LTC/USD: check its name; it may no longer be traded there",
            "coin OLD/USD since 2025-07-08T05:44:03Z: Alpaca's last bar of OLD/USD is of 2025-07-01T05:43:00Z"),
        troubles(sink));
    // The refused one is kept once, as it came, and its minute is not known.
    assertEquals(List.of("bar ETH/USD: volume 'v' must not be below 0 but is -1"), sink.faults());
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10", "alpaca OLD/USD 2025-07-01T05:43:00Z 7"), sink.quotes());
    assertTrue(sink.watched().contains(watched("alpaca ETH/USD refused 05:43 to 05:44")), sink.watched().toString());
    assertFalse(sink.watched().stream().anyMatch(its -> its.contains("LTC/USD")), sink.watched().toString());
  }

  @Test
  void aBarThatIsTakenWithACorrectionIsNamedToo() {
    alpaca.latest(200, bars(bar("BTC/USD", fields("05:43", 10).replace("\"h\":11.0", "\"h\":9"))));
    Sink sink = runWithFaults(4, BTC);
    String fault = "its prices go from 1 to 10, but its low is 1 and its high 9: taken with the wider range";
    assertEquals(List.of("coin BTC/USD since 2025-07-08T05:44:03Z: Alpaca's bar of BTC/USD has a fault: " + fault), troubles(sink));
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10"), sink.quotes());
    assertEquals(List.of("bar BTC/USD: " + fault), sink.faults());
  }

  @Test
  void aCoinIsNoLongerNamedOnceAGoodBarComes() {
    String refused = bars(bar("BTC/USD", fields("05:43", 10).replace("\"c\":10.0", "\"c\":\"10\"")));
    alpaca.latest(200, refused).latest(200, bars()).latest(200, bars(bar("BTC/USD", fields("05:43", 10))));
    Sink sink = runWithFaults(5, BTC);
    assertEquals(List.of(), troubles(sink));
    assertEquals(List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10"), sink.quotes());
    assertEquals(List.of("bar BTC/USD: price 'c' must be a number but is '10'"), sink.faults());
  }

  @Test
  void aSymbolWithoutASlashIsARefusedBarOfItsCoin() {
    alpaca.latest(200, bars(bar("BTCUSD", fields("05:43", 10))));
    Sink sink = runWithFaults(3, BTC);
    assertEquals(
        List.of("coin BTC/USD since 2025-07-08T05:44:03Z: Alpaca's bar of BTC/USD is refused: 'BTCUSD' is no pair of the form BTC/USD"), troubles(sink));
    assertEquals(List.of(watched("alpaca BTC/USD refused 05:43 to 05:44")), sink.watched());
  }

  @Test
  void theLivePollsGoOnWhenThePagesOfTheHistoryGoInACircle() {
    alpaca.latest(200, latest("BTC/USD", "05:43", 10));
    alpaca
        .history(200, "{\"bars\":{\"BTC/USD\":[" + fields("05:40", 7) + "]},\"next_page_token\":\"A\"}")
        .history(200, "{\"bars\":{},\"next_page_token\":\"B\"}")
        .history(200, "{\"bars\":{},\"next_page_token\":\"A\"}");
    TopicTail tail = new TopicTail();
    tail.add(bar("BTC/USD", "05:30", 1), "alpaca");
    Sink sink = run(6, tail, BTC);
    assertEquals(
        List.of("alpaca BTC/USD 2025-07-08T05:43:00Z 10", "alpaca-history BTC/USD 2025-07-08T05:40:00Z 7"),
        sink.quotes());
    assertEquals(3, alpaca.asked().stream().filter(query -> query.startsWith("bars?")).count());
    assertTrue(sink.state.snapshot().polls() >= 5);
    assertFalse(sink.watched().stream().anyMatch(its -> its.contains(" history ")), sink.watched().toString());
    assertTrue(troubles(sink).toString().contains("history: the page token A came a second time"), troubles(sink).toString());
  }

  @Test
  void keysTravelInHeadersOnlyAndAreNeverShown() throws Exception {
    alpaca.latest(401, "denied");
    AlpacaClient client = new AlpacaClient(alpaca.url(), "KEY1", "SECRET1\n", new FakeClock(NOW, 1));
    AlpacaException e = assertThrows(AlpacaException.class, () -> client.latest(List.of(BTC)));
    assertEquals(List.of("KEY1:SECRET1"), alpaca.keys());
    assertFalse(alpaca.asked().toString().contains("SECRET"));
    assertFalse(e.getMessage().contains("SECRET"));
    UsageException bad = assertThrows(UsageException.class, () -> new AlpacaClient(alpaca.url(), "a\nb", "x", time));
    assertFalse(bad.getMessage().contains("a\nb"));
  }

  @Test
  void readsRetryAfter() {
    assertEquals(Duration.ofSeconds(3), RetryAfter.read("3", NOW));
    assertEquals(Duration.ofSeconds(57), RetryAfter.read("Tue, 08 Jul 2025 05:45:00 GMT", NOW));
    assertEquals(Duration.ZERO, RetryAfter.read("Tue, 08 Jul 2025 05:00:00 GMT", NOW));
    assertEquals(Duration.ZERO, RetryAfter.read("soon", NOW));
    assertEquals(Duration.ofMinutes(15), RetryAfter.read("999999999", NOW));
  }

  private static java.math.BigDecimal one() {
    return java.math.BigDecimal.ONE;
  }

  private static QuoteBar bar(String symbol, String minute, double close) {
    return QuoteParser.parse(latest(symbol, minute, close).getBytes(StandardCharsets.UTF_8), NOW).events().get(0);
  }
}
