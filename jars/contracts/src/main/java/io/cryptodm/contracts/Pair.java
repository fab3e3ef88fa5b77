package io.cryptodm.contracts;

/**
 * A traded pair such as {@code BTC/USD}: one unit of {@code base} is priced in {@code quote}.
 *
 * @param base the coin, 1 to 20 characters A-Z and 0-9
 * @param quote the currency of the price, same form
 */
public record Pair(String base, String quote) implements Comparable<Pair> {
  private static final int MAX_PART = 20;

  /** @throws IllegalArgumentException if a part is not a valid symbol */
  public Pair {
    if (!isSymbol(base) || !isSymbol(quote)) {
      throw new IllegalArgumentException(wrong(base + "/" + quote));
    }
  }

  /**
   * Reads {@code BASE/QUOTE}.
   *
   * @throws IllegalArgumentException if the text has another form; the message quotes it
   */
  public static Pair parse(String symbol) {
    int slash = symbol.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(wrong(symbol));
    }
    return new Pair(symbol.substring(0, slash), symbol.substring(slash + 1));
  }

  /** Whether {@code text} is a valid symbol for either side of a pair. */
  public static boolean isSymbol(String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_PART) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')) {
        return false;
      }
    }
    return true;
  }

  private static String wrong(String text) {
    return "'" + Fault.excerpt(text) + "' is no pair of the form BTC/USD";
  }

  /** The wire form, {@code BASE/QUOTE}; also the key of quote records. */
  @Override
  public String toString() {
    return base + "/" + quote;
  }

  @Override
  public int compareTo(Pair other) {
    int byBase = base.compareTo(other.base);
    return byBase != 0 ? byBase : quote.compareTo(other.quote);
  }
}
