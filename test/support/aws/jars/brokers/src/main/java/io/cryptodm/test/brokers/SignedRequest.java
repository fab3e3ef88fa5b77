package io.cryptodm.test.brokers;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The login of an MSK client: a presigned GET of {@code kafka-cluster:Connect} as a JSON object, with its parameters in lower case.
 * https://github.com/aws/aws-msk-iam-auth#details and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
final class SignedRequest {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Duration SKEW = Duration.ofMinutes(5);
  private static final int LONGEST_SECONDS = 900;

  /** Sorted by the names' code points, as in the canonical query. */
  private static final Map<String, String> SIGNED = new TreeMap<>(Map.of(
      "Action", "action",
      "X-Amz-Algorithm", "x-amz-algorithm",
      "X-Amz-Credential", "x-amz-credential",
      "X-Amz-Date", "x-amz-date",
      "X-Amz-Expires", "x-amz-expires",
      "X-Amz-Security-Token", "x-amz-security-token",
      "X-Amz-SignedHeaders", "x-amz-signedheaders"));

  private final Map<String, String> fields;

  SignedRequest(Map<String, String> fields) {
    this.fields = fields;
  }

  /** @return the id of the signing key. @throws IllegalArgumentException with the reason if it is invalid */
  String verify(UnaryOperator<String> secretOf, Instant now) {
    require("version", "2020_10_22");
    require("action", "kafka-cluster:Connect");
    require("x-amz-algorithm", ALGORITHM);
    require("x-amz-signedheaders", "host");
    String[] credential = field("x-amz-credential").split("/");
    if (credential.length != 5 || !credential[3].equals("kafka-cluster") || !credential[4].equals("aws4_request")) {
      throw new IllegalArgumentException("the credential's scope is not kafka-cluster's");
    }
    requireTime(credential[1], now);
    String secret = secretOf.apply(credential[0]);
    if (secret == null) {
      throw new IllegalArgumentException("the key " + credential[0] + " is unknown");
    }
    String expected = signature(secret, credential);
    if (!MessageDigest.isEqual(bytes(expected), bytes(field("x-amz-signature")))) {
      throw new IllegalArgumentException("the signature does not match");
    }
    return credential[0];
  }

  private String field(String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the field " + name + " is missing");
    }
    return value;
  }

  private void require(String name, String value) {
    if (!field(name).equals(value)) {
      throw new IllegalArgumentException("the field " + name + " is not " + value);
    }
  }

  private void requireTime(String day, Instant now) {
    Instant at = TIME.parse(field("x-amz-date"), Instant::from);
    int seconds = Integer.parseInt(field("x-amz-expires"));
    boolean expired = now.isAfter(at.plusSeconds(seconds)) || at.isAfter(now.plus(SKEW));
    if (expired || seconds > LONGEST_SECONDS || !field("x-amz-date").startsWith(day)) {
      throw new IllegalArgumentException("the signature has expired");
    }
  }

  private String signature(String secret, String[] credential) {
    String query =
        SIGNED.entrySet().stream()
            .filter(entry -> fields.containsKey(entry.getValue()))
            .map(entry -> entry.getKey() + "=" + encode(fields.get(entry.getValue())))
            .collect(Collectors.joining("&"));
    String request = String.join("\n", "GET", "/", query, "host:" + field("host"), "", "host", hex(sha256("")));
    String scope = String.join("/", credential[1], credential[2], credential[3], credential[4]);
    String toSign = String.join("\n", ALGORITHM, field("x-amz-date"), scope, hex(sha256(request)));
    byte[] key = bytes("AWS4" + secret);
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    return hex(hmac(key, toSign));
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
