package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Prices and quantities: decimal(24, 12), as the tables hold them. Volumes go up to 10^18, because a coin may cost a millionth of a cent. */
public final class Money {
  /** Digits after the point. */
  public static final int SCALE = 12;

  /** Digits in all. */
  public static final int PRECISION = 24;

  private static final BigDecimal MOST_VOLUME = BigDecimal.valueOf(1_000_000_000_000_000_000L);

  private static final BigDecimal ZERO = BigDecimal.ZERO.setScale(SCALE);

  private Money() {}

  /**
   * Rounds half to even to exactly {@value #SCALE} decimals, so that equal values are equal objects.
   *
   * @throws ArithmeticException with more than 12 digits before the point
   */
  public static BigDecimal of(BigDecimal value) {
    return of(value, PRECISION - SCALE);
  }

  /**
   * As {@link #of}, for the volume of a minute.
   *
   * @throws ArithmeticException above 10^18
   */
  public static BigDecimal volume(BigDecimal value) {
    BigDecimal volume = of(value, MOST_VOLUME.precision());
    if (volume.compareTo(MOST_VOLUME) > 0) {
      throw new ArithmeticException("more than " + MOST_VOLUME.toPlainString());
    }
    return volume;
  }

  private static BigDecimal of(BigDecimal value, int wholeDigits) {
    if (value.signum() == 0) {
      return ZERO;
    }
    // Compared before rounding: setScale on 1e999999999 would fill the heap.
    long integerDigits = (long) value.precision() - value.scale();
    if (integerDigits > wholeDigits) {
      throw tooLarge(wholeDigits);
    }
    if (integerDigits < -SCALE) {
      return ZERO;
    }
    BigDecimal rounded = value.setScale(SCALE, RoundingMode.HALF_EVEN);
    if (rounded.precision() > wholeDigits + SCALE) {
      throw tooLarge(wholeDigits);
    }
    return rounded;
  }

  /** The shortest plain form: no exponent, no trailing zeros. */
  public static String text(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  private static ArithmeticException tooLarge(int wholeDigits) {
    return new ArithmeticException("more than " + wholeDigits + " digits before the point");
  }
}
