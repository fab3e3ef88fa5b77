package io.cryptodm.producer;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** The header {@code Retry-After} ({@code https://www.rfc-editor.org/rfc/rfc9110#field.retry-after}): how long a server does not want to be asked. */
public final class RetryAfter {
  private static final Duration MOST = Duration.ofMinutes(15);

  private RetryAfter() {}

  /** Reads seconds or an HTTP date; zero when there is none, a quarter of an hour at most. @param now by the server's clock */
  public static Duration read(String header, Instant now) {
    if (header == null) {
      return Duration.ZERO;
    }
    Duration wait;
    try {
      wait = Duration.ofMillis((long) (Math.min(1e6, Double.parseDouble(header.strip())) * 1000));
    } catch (NumberFormatException e) {
      try {
        wait = Duration.between(now, ZonedDateTime.parse(header.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      } catch (DateTimeException notADate) {
        return Duration.ZERO;
      }
    }
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(MOST) > 0 ? MOST : wait;
  }
}
