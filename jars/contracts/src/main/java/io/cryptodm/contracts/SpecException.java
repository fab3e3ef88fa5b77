package io.cryptodm.contracts;

/** The spec is missing, unreadable or wrong; the message names the file and the path inside it. A command ends with exit code 2. */
public final class SpecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SpecException(String message) {
    super(message);
  }

  public SpecException(String message, Throwable cause) {
    super(message, cause);
  }
}
