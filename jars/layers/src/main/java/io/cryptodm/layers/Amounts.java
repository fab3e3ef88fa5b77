package io.cryptodm.layers;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Decimals as the tables keep them: 12 places, rounded half up; sums of at most 38 digits. */
final class Amounts {
  static final int SCALE = 12;
  static final BigDecimal ZERO = BigDecimal.ZERO.setScale(SCALE);
  private static final BigDecimal GREATEST = BigDecimal.TEN.pow(38 - SCALE).subtract(BigDecimal.ONE.movePointLeft(SCALE));

  private Amounts() {}

  static BigDecimal times(BigDecimal left, BigDecimal right) {
    return left.multiply(right).setScale(SCALE, RoundingMode.HALF_UP);
  }

  static BigDecimal divide(BigDecimal dividend, BigDecimal divisor) {
    return dividend.divide(divisor, SCALE, RoundingMode.HALF_UP);
  }

  /** {@code whole * part / of}, rounded once. */
  static BigDecimal share(BigDecimal whole, BigDecimal part, BigDecimal of) {
    return whole.multiply(part).divide(of, SCALE, RoundingMode.HALF_UP);
  }

  /** The sum, or null if it has too many digits for a column. */
  static BigDecimal fit(BigDecimal sum) {
    return sum == null || sum.abs().compareTo(GREATEST) > 0 ? null : sum;
  }

  /** The sum, limited to the greatest value of a column: one absurd trade must not stop the others. */
  static BigDecimal clamp(BigDecimal sum) {
    return sum.abs().compareTo(GREATEST) <= 0 ? sum : sum.signum() < 0 ? GREATEST.negate() : GREATEST;
  }

  /** The price, or null if it has too many digits for a column. */
  static BigDecimal price(BigDecimal price) {
    return price == null || price.precision() > 24 ? null : price;
  }

  static BigDecimal plus(BigDecimal left, BigDecimal right) {
    return left == null ? right : right == null ? left : left.add(right);
  }
}
