package io.cryptodm.producer.crypto;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;

/** How a recording writes times. */
enum RecordedTime {
  ISO(0),
  S(1),
  MS(1_000),
  US(1_000_000),
  NS(1_000_000_000);

  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,20}(\\.[0-9]{1,9})?([eE][+]?[0-9]{1,2})?");

  private final long perSecond;

  RecordedTime(long perSecond) {
    this.perSecond = perSecond;
  }

  String option() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The time as the wire form has it; a text that is no such time stays as it is, so that the parser of the wire form names it.
   *
   * @throws IllegalArgumentException for a number where ISO-8601 is expected, and the other way round
   */
  String wire(String text) {
    boolean isNumber = NUMBER.matcher(text).matches();
    if (this == ISO) {
      if (isNumber) {
        throw new IllegalArgumentException("time '" + text + "' is a number: say by --times s, ms, us or ns what it counts since 1970");
      }
      // 2023-03-10 00:00:00+00:00 is ISO except for the space.
      return text.length() > 10 && text.charAt(10) == ' ' ? text.substring(0, 10) + "T" + text.substring(11) : text;
    }
    if (!isNumber) {
      throw new IllegalArgumentException("time '" + text + "' is no number, as --times " + option() + " says");
    }
    try {
      BigDecimal seconds = new BigDecimal(text).divide(BigDecimal.valueOf(perSecond));
      BigDecimal whole = seconds.setScale(0, java.math.RoundingMode.FLOOR);
      long nanos = seconds.subtract(whole).movePointRight(9).longValue();
      return Instant.ofEpochSecond(whole.longValueExact(), nanos).toString();
    } catch (ArithmeticException | DateTimeException e) {
      throw new IllegalArgumentException("time '" + text + "' is beyond all dates: --times " + option() + " may be wrong");
    }
  }
}
