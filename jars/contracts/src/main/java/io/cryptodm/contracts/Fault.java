package io.cryptodm.contracts;

/** Why a part of a record is invalid; the parsers catch it and return its message. */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_EXCERPT = 60;

  Fault(String message) {
    // No stack trace: a flood of bad records must not slow a job down.
    super(message, null, false, false);
  }

  /** A wrong value, shortened and printable, for a message. */
  static String excerpt(String value) {
    StringBuilder out = new StringBuilder(Math.min(value.length(), MAX_EXCERPT) + 3);
    for (int i = 0; i < value.length() && i < MAX_EXCERPT; i++) {
      char c = value.charAt(i);
      out.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return value.length() > MAX_EXCERPT ? out.append("...").toString() : out.toString();
  }
}
