package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.HistoryPage;
import io.cryptodm.contracts.LatestBars;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.Clock;
import io.cryptodm.producer.RetryAfter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Alpaca's crypto market data over HTTP: {@code /v1beta3/crypto/us/latest/bars} and {@code /v1beta3/crypto/us/bars}
 * ({@code https://docs.alpaca.markets/reference/cryptolatestbars-1}). Keys are optional and travel in headers only.
 */
final class AlpacaClient {
  private static final int CONNECT_TIMEOUT_MS = 3_000;
  private static final int READ_TIMEOUT_MS = 10_000;
  private static final int MAX_BODY = 8 << 20;
  private static final int PAGE_LIMIT = 10_000;

  private final String baseUrl;
  private final String keyId;
  private final String secretKey;
  private final Clock time;
  private volatile Duration clockOffset;

  /**
   * Creates a client; nothing is sent yet.
   *
   * @param keyId null for none
   * @param secretKey null for none
   * @throws UsageException if the URL is invalid, or a key holds characters that a header cannot have
   */
  AlpacaClient(String baseUrl, String keyId, String secretKey, Clock time) {
    this.baseUrl = baseUrl.replaceAll("/+$", "");
    this.keyId = checkedKey("key id", keyId);
    this.secretKey = checkedKey("secret key", secretKey);
    this.time = time;
    if (!this.baseUrl.matches("https?://[^/\\s?#]+(/[^\\s?#]*)?")) {
      throw new UsageException("the Alpaca URL must be http(s)://host but is '" + baseUrl + "'");
    }
  }

  /** The JDK's message would quote an invalid header value, so keys are checked here without showing them. */
  private static String checkedKey(String label, String key) {
    if (key == null || key.isBlank()) {
      return null;
    }
    String stripped = key.strip();
    if (!stripped.chars().allMatch(c -> c > 32 && c < 127)) {
      throw new UsageException("the Alpaca " + label + " holds characters that a header cannot have; check the secret or the environment variable that the spec names");
    }
    return stripped;
  }

  /** The latest bar of each pair that has one, valid or not. */
  List<BarReading> latest(Collection<Pair> pairs) throws AlpacaException {
    byte[] body = get("/v1beta3/crypto/us/latest/bars?symbols=" + symbols(pairs));
    try {
      return LatestBars.parse(body, time.now()).bars();
    } catch (IllegalArgumentException e) {
      throw AlpacaException.later("Alpaca's reply is malformed: " + e.getMessage(), Duration.ZERO);
    }
  }

  /** Now, by the source's clock when this machine's is ahead of it: minutes that are still traded must not count as settled. */
  Instant present() {
    return time(time.now());
  }

  /** A moment of this machine's clock, as {@link #present()}. */
  Instant time(Instant local) {
    return clockOffset != null && clockOffset.isNegative() ? local.plus(clockOffset) : local;
  }

  /**
   * One page of minute bars.
   *
   * @param from first minute, inclusive
   * @param to last minute, inclusive
   * @param pageToken null for the first page
   */
  HistoryPage history(Collection<Pair> pairs, Instant from, Instant to, String pageToken) throws AlpacaException {
    String query =
        "/v1beta3/crypto/us/bars?symbols=" + symbols(pairs) + "&timeframe=1Min&start=" + encode(from.toString()) + "&end=" + encode(to.toString())
            + "&limit=" + PAGE_LIMIT + (pageToken == null ? "" : "&page_token=" + encode(pageToken));
    byte[] body = get(query);
    try {
      return HistoryPage.parse(body, time.now());
    } catch (IllegalArgumentException e) {
      throw AlpacaException.later("Alpaca's history is malformed: " + e.getMessage(), Duration.ZERO);
    }
  }

  private static String symbols(Collection<Pair> pairs) {
    return encode(pairs.stream().map(Pair::toString).collect(Collectors.joining(",")));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private byte[] get(String pathAndQuery) throws AlpacaException {
    HttpURLConnection connection = null;
    try {
      connection = (HttpURLConnection) url(pathAndQuery).openConnection();
      connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
      connection.setReadTimeout(READ_TIMEOUT_MS);
      // A redirect would send the keys to another host.
      connection.setInstanceFollowRedirects(false);
      connection.setRequestProperty("Accept", "application/json");
      if (keyId != null && secretKey != null) {
        connection.setRequestProperty("APCA-API-KEY-ID", keyId);
        connection.setRequestProperty("APCA-API-SECRET-KEY", secretKey);
      }
      int status = connection.getResponseCode();
      noteClock(connection);
      if (status == 200) {
        try (InputStream in = connection.getInputStream()) {
          return read(in);
        }
      }
      throw failure(status, connection);
    } catch (IOException e) {
      if (connection != null) {
        connection.disconnect();
      }
      throw AlpacaException.later("Alpaca (" + baseUrl + ") cannot be reached: " + reason(e), e);
    }
  }

  /** How far the server's clock is ahead of ours by its last answer, to about a second; null if it gave no time. */
  Duration clockOffset() {
    return clockOffset;
  }

  /** {@code Date} is when the answer was created ({@code https://www.rfc-editor.org/rfc/rfc9110#field.date}); one from a cache has an {@code Age}. */
  private void noteClock(HttpURLConnection connection) {
    long date = connection.getDate();
    if (date > 0) {
      long age = Math.max(0, connection.getHeaderFieldLong("Age", 0));
      clockOffset = Duration.between(time.now(), Instant.ofEpochMilli(date).plusSeconds(age));
    }
  }

  /** Now, by the server's clock when it is known: the server's times are relative to it. */
  private Instant serverNow() {
    return clockOffset == null ? time.now() : time.now().plus(clockOffset);
  }

  private URL url(String pathAndQuery) throws MalformedURLException {
    return URI.create(baseUrl + pathAndQuery).toURL();
  }

  private static String reason(IOException e) {
    String name = e.getClass().getSimpleName().replace("Exception", "");
    return e.getMessage() == null ? name : name + ": " + e.getMessage();
  }

  /** Reads the body; a server that sends it too slowly is cut off. */
  private byte[] read(InputStream in) throws IOException {
    long deadline = time.nanos() + READ_TIMEOUT_MS * 3_000_000L;
    ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
    byte[] chunk = new byte[8192];
    for (int n; (n = in.read(chunk)) >= 0; ) {
      out.write(chunk, 0, n);
      if (out.size() > MAX_BODY) {
        throw new IOException("the reply is larger than " + MAX_BODY + " bytes");
      }
      if (time.nanos() > deadline) {
        throw new IOException("the reply takes too long");
      }
    }
    return out.toByteArray();
  }

  private AlpacaException failure(int status, HttpURLConnection connection) throws IOException {
    String said = "";
    try (InputStream in = connection.getErrorStream()) {
      if (in != null) {
        said = new String(in.readNBytes(300), StandardCharsets.UTF_8).replaceAll("\\s+", " ").strip();
      }
    }
    String message = "Alpaca answered " + status + (said.isEmpty() ? "" : ": " + said);
    return switch (status) {
      case 400, 404, 422 -> AlpacaException.refused(message);
      case 401, 403 -> AlpacaException.later(message + " (check the API keys)", Duration.ofSeconds(10));
      default -> AlpacaException.later(message, RetryAfter.read(connection.getHeaderField("Retry-After"), serverNow()));
    };
  }
}
