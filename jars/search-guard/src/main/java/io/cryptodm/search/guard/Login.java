package io.cryptodm.search.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;

/** The login of a lake: user {@code cryptodm} and the token as password, or the token as bearer. */
final class Login {

  private static final String BASIC = "Basic ";
  private static final String BEARER = "Bearer ";

  private final byte[] token;
  private final byte[] userAndPassword;

  Login(String token) {
    this.token = token.getBytes(UTF_8);
    this.userAndPassword = ("cryptodm:" + token).getBytes(UTF_8);
  }

  /**
   * The login of the file that holds the token and nothing else.
   *
   * @throws IllegalStateException when there is no token in it
   */
  static Login read(Path file) {
    String token;
    try {
      token = Files.readString(file).strip();
    } catch (IOException e) {
      throw new IllegalStateException("can't read the credential of the lake: " + e, e);
    }
    if (token.isEmpty()) {
      throw new IllegalStateException("the credential of the lake is empty: " + file);
    }
    return new Login(token);
  }

  /** Whether the value of the header {@code Authorization} is right; takes the same time for each wrong one of a length. */
  boolean accepts(String authorization) {
    if (startsWith(authorization, BEARER)) {
      return MessageDigest.isEqual(authorization.substring(BEARER.length()).strip().getBytes(UTF_8), token);
    }
    if (!startsWith(authorization, BASIC)) {
      return false;
    }
    try {
      byte[] given = Base64.getDecoder().decode(authorization.substring(BASIC.length()).strip());
      return MessageDigest.isEqual(given, userAndPassword);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The names of schemes have no case: RFC 9110, section 11.1. */
  private static boolean startsWith(String authorization, String scheme) {
    return authorization != null && authorization.regionMatches(true, 0, scheme, 0, scheme.length());
  }
}
