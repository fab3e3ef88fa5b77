package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Pair;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the pairs of recordings, which every tool writes in its own way. */
final class PairNames {
  private static final Pattern SEPARATED = Pattern.compile("([A-Z0-9]{1,20})[/_-]([A-Z0-9]{1,20})");
  private static final Pattern FILE = Pattern.compile("([A-Z0-9]{1,20})[-_]([A-Z0-9]{1,20})(?:[-_.].*)?");

  /** Currencies that prices are commonly given in: a file name with another second part, such as my-recording.csv, names no pair by itself. */
  private static final Set<String> QUOTES =
      Set.of(
          "USD", "USDT", "USDC", "USD1", "FDUSD", "TUSD", "BUSD", "DAI", "PYUSD", "USDE", "EUR", "EURC", "GBP", "JPY", "CHF", "AUD", "CAD", "BRL", "TRY",
          "KRW", "MXN", "BTC", "ETH", "BNB", "SOL");

  private PairNames() {}

  /**
   * The pair that a symbol of a recording names, in any case; null for none.
   *
   * @param known pairs that are recognised without a separator, such as BTCUSD
   */
  static Pair parse(String symbol, Collection<Pair> known) {
    String text = symbol.strip().toUpperCase(Locale.ROOT);
    Matcher parts = SEPARATED.matcher(text);
    if (parts.matches()) {
      return new Pair(parts.group(1), parts.group(2));
    }
    return known.stream().filter(pair -> text.equals(pair.base() + pair.quote())).findFirst().orElse(null);
  }

  /**
   * The pair that a file name such as {@code btc-usd-1m-2023-03-10.csv} begins with; null for none.
   *
   * @param known pairs that count whatever their second part is
   */
  static Pair ofFile(Path file, Collection<Pair> known) {
    Matcher name = FILE.matcher(file.getFileName().toString().toUpperCase(Locale.ROOT));
    if (!name.matches()) {
      return null;
    }
    Pair pair = new Pair(name.group(1), name.group(2));
    boolean isDate = pair.base().chars().allMatch(Character::isDigit);
    return known.contains(pair) || QUOTES.contains(pair.quote()) && !isDate ? pair : null;
  }
}
