package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecTest {
  private static final Path GOLDEN = Fixtures.path("spec/lake.json");

  @Test
  void readsTheGoldenSpec() {
    Spec spec = Spec.read(GOLDEN);
    assertEquals("coinbase-currencies", spec.topic("quotes").name());
    assertEquals("-1", spec.topic("quotes").config().get("retention.ms"));
    assertEquals(new Spec.Bound(4_000_000_000L, Duration.ofDays(7)), spec.topic("quotes").bound());
    assertNull(spec.topic("bad").bound());
    assertEquals(16, spec.table("crypto_db.crypto_quote").columns().size());
    assertEquals(new Spec.PartitionField("day", "start_window"), spec.table("crypto_db.crypto_quote").partition().get(0));
    assertEquals(List.of("transaction_id"), spec.table("crypto_db.crypto_trader").identifier());
    assertEquals(new Spec.Coin(new Pair("BTC", "USD"), new BigDecimal("108000"), 0), spec.coins().get(0));
    assertEquals("auto", spec.producers().quotes().source());
    assertEquals(0.2, spec.producers().trades().rate());
    assertEquals(Spec.Job.Kind.QUOTES_TO_INDEX, spec.job("quotes-elasticsearch").orElseThrow().kind());
    assertNull(spec.job("quotes-elasticsearch").orElseThrow().table());
    assertEquals("crypto_db.quote_coverage", spec.job("quotes-iceberg").orElseThrow().coverageTable());
    assertNull(spec.job("trades-iceberg").orElseThrow().coverageTable());
    assertEquals("crypto_db.market_hole", spec.job("market-iceberg").orElseThrow().holeTable());
    assertEquals("crypto_db.candle_difference", spec.job("market-iceberg").orElseThrow().candleTable());
    assertNull(spec.job("market-iceberg").orElseThrow().coverageTable());
    assertEquals(List.of(), spec.views());
    assertNull(spec.search().userEnv());
    assertNull(spec.search().secret());
    assertEquals("/lake/credential", spec.search().credentialFile());
    assertTrue(spec.search().definition().contains("\"dynamic\":\"strict\""));
    assertEquals("cryptodm@uJkLm3xVQp2aZ0nW8sT5Yg", spec.kafka().clientId("cryptodm"));
    assertTrue(spec.kafka().means("uJkLm3xVQp2aZ0nW8sT5Yg"));
    assertFalse(spec.kafka().means(null));
    assertTrue(spec.search().means("uJkLm3xVQp2aZ0nW8sT5Yg"));
    assertFalse(spec.search().means(""));
    assertNull(spec.producers().quotes().keysSecret());
  }

  @Test
  void readsWhereTheGenerationsOfATopicBegin() throws Exception {
    String golden = Files.readString(GOLDEN);
    assertEquals(Generations.whole(1), Spec.parse(golden).topic("trades").generations());
    assertNull(Spec.parse(golden).job("trades-iceberg").orElseThrow().continues());
    String begins = "\"generation\": 3, \"begins\": [{\"generation\": 1, \"from\": {}}, {\"generation\": 3, \"from\": {\"0\": 60, \"1\": 55}}]";
    Generations expected = new Generations(List.of(new Generations.Begin(1, Map.of()), new Generations.Begin(3, Map.of(0, 60L, 1, 55L))));
    assertEquals(expected, Spec.parse(golden.replaceFirst("\"generation\": 1", begins)).topic("quotes").generations());
    String other = golden.replaceFirst("\"generation\": 1", begins.replaceFirst("3", "4"));
    SpecException e = assertThrows(SpecException.class, () -> Spec.parse(other));
    assertEquals("spec: topics.quotes.begins: must end with generation 4 but ends with 3", e.getMessage());
  }

  @Test
  void readsTheGoldenSpecOfAnAccount() {
    Spec spec = Spec.read(Fixtures.path("spec/lake-aws.json"));
    assertEquals("AWS_MSK_IAM", spec.kafka().properties().get("sasl.mechanism"));
    assertEquals(3, spec.topic("quotes").replication());
    assertEquals("2", spec.topic("quotes").config().get("min.insync.replicas"));
    assertEquals("org.apache.iceberg.aws.glue.GlueCatalog", spec.catalog().properties().get("catalog-impl"));
    assertEquals("crypto_db.crypto_trader_view", spec.views().get(0).name());
    assertEquals("acme/elasticsearch", spec.search().secret());
    assertEquals("cryptodm", spec.kafka().clientId("cryptodm"));
    assertTrue(spec.kafka().means("any") && spec.search().means("any"));
    assertEquals("acme/alpaca", spec.producers().quotes().keysSecret());
    assertEquals("s3://acme-artifacts/progress/trades-iceberg.json", spec.job("trades-iceberg").orElseThrow().progressFile());
    assertEquals("s3://acme-artifacts/checkpoints/trades-iceberg/g1", spec.job("trades-iceberg").orElseThrow().checkpoint());
  }

  @Test
  void readsTheLaterNamesOfCoins() throws Exception {
    String golden = Files.readString(GOLDEN);
    assertEquals(Map.of(), Spec.parse(golden).renamed());
    assertEquals(Map.of("MATIC", "POL"), Spec.parse(golden.replace("\"renamed\": {}", "\"renamed\": {\"MATIC\": \"POL\"}")).renamed());
    assertEquals(Map.of(), Spec.parse(golden.replace("\"renamed\": {},", "")).renamed());
  }

  @Test
  void readsTheExchangesAndWhichOfThemMakesTheBars() throws Exception {
    String golden = Files.readString(GOLDEN);
    Spec.Market market = Spec.parse(golden).producers().market();
    assertEquals("market-trades", Spec.parse(golden).topic(market.topic()).name());
    assertEquals("wss://ws.kraken.com/v2", market.streams().get("kraken"));
    assertEquals(Set.of("coinbase", "kraken", "alpaca-stream"), market.urls().keySet());
    assertEquals(Map.of(), market.bars());
    String chosen = golden.replace("\"bars\": {}", "\"bars\": {\"ETH/USD\": \"kraken\"}");
    assertEquals(Map.of(new Pair("ETH", "USD"), "kraken"), Spec.parse(chosen).producers().market().bars());
    SpecException unknown = assertThrows(SpecException.class, () -> Spec.parse(chosen.replace("\"ETH/USD\": \"kraken\"", "\"ETH/USD\": \"mtgox\"")));
    assertEquals("spec: producers.market.bars.ETH/USD: must be one of the exchanges coinbase, kraken, alpaca-stream but is 'mtgox'", unknown.getMessage());
    SpecException wrong = assertThrows(SpecException.class, () -> Spec.parse(chosen.replace("\"ETH/USD\": \"kraken\"", "\"ETHUSD\": \"kraken\"")));
    assertEquals("spec: producers.market.bars: 'ETHUSD' is no pair of the form BTC/USD", wrong.getMessage());
  }

  @Test
  void aSpecOfAnEarlierVersionHasNoExchange() throws Exception {
    String earlier = Files.readString(GOLDEN).replace("\"market\": {\n      \"topic\"", "\"forgotten\": {\n      \"topic\"");
    assertEquals(Spec.Market.NONE, Spec.parse(earlier).producers().market());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"partitions\": 2, | \"partitions\": \"x\", | topics.quotes.partitions: must be a number but is 'x'",
        "\"partitions\": 2, | \"partitions\": 2.5, | topics.quotes.partitions: must be a whole number but is 2.5",
        "\"partitions\": 2, | | topics.quotes.partitions: missing",
        "\"price\": 108000 | \"price\": 0 | coins[0].price: must be above 0 but is 0",
        "\"pair\": \"BTC/USD\" | \"pair\": \"BTCUSD\" | coins[0].pair: 'BTCUSD' is no pair of the form BTC/USD",
        "\"base\": \"BTC\" | \"base\": \"ETH\" | coins[0].base: must be 'BTC' as in the pair but is 'ETH'",
        "\"kind\": \"trades-to-table\" | \"kind\": \"copy\" | jobs[1].kind: must be one of quotes-to-table, trades-to-table, market-to-table, quotes-to-index, tables-to-layers but is 'copy'",
        "\"version\": 1 | \"version\": 2 | version: must be 1 for these jars but is 2",
        "\"rate\": 0.2 | \"rate\": -1 | producers.trades.rate: must not be below 0 but is -1",
      })
  void namesFileAndPathOfAWrongValue(String from, String to, String reason) throws Exception {
    String text = Files.readString(GOLDEN);
    assertTrue(text.contains(from));
    Path file = Files.createTempFile("spec", ".json");
    try {
      Files.writeString(file, text.replaceFirst(java.util.regex.Pattern.quote(from), to == null ? "" : java.util.regex.Matcher.quoteReplacement(to)));
      SpecException e = assertThrows(SpecException.class, () -> Spec.read(file));
      assertEquals("spec " + file + ": " + reason, e.getMessage());
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void saysWhatIsWrongWithTheWholeFile() {
    assertEquals("spec /no/such/file: there is no such file", assertThrows(SpecException.class, () -> Spec.read(Path.of("/no/such/file"))).getMessage());
    assertTrue(assertThrows(SpecException.class, () -> Spec.parse("{\"version\":")).getMessage().startsWith("spec: is not JSON (line 1, column"));
    assertEquals("spec: must be an object but is an array", assertThrows(SpecException.class, () -> Spec.parse("[]")).getMessage());
    assertEquals("spec: is empty", assertThrows(SpecException.class, () -> Spec.parse("")).getMessage());
  }
}
