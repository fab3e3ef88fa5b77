package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Prices, quantities and volumes: decimal(24, 12), as the tables hold them. */
public final class Money {
  /** Digits after the point. */
  public static final int SCALE = 12;

  /** Digits in all. */
  public static final int PRECISION = 24;

  private static final BigDecimal ZERO = BigDecimal.ZERO.setScale(SCALE);

  private Money() {}

  /**
   * Rounds half to even to exactly {@value #SCALE} decimals, so that equal values are equal objects.
   *
   * @throws ArithmeticException with more than 12 digits before the point
   */
  public static BigDecimal of(BigDecimal value) {
    if (value.signum() == 0) {
      return ZERO;
    }
    // Compared before rounding: setScale on 1e999999999 would fill the heap.
    long integerDigits = (long) value.precision() - value.scale();
    if (integerDigits > PRECISION - SCALE) {
      throw tooLarge();
    }
    if (integerDigits < -SCALE) {
      return ZERO;
    }
    BigDecimal rounded = value.setScale(SCALE, RoundingMode.HALF_EVEN);
    if (rounded.precision() > PRECISION) {
      throw tooLarge();
    }
    return rounded;
  }

  /** The shortest plain form: no exponent, no trailing zeros. */
  public static String text(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  private static ArithmeticException tooLarge() {
    return new ArithmeticException("more than " + (PRECISION - SCALE) + " digits before the point");
  }
}
