package io.cryptodm.contracts;

/** An argument is wrong; the message says which and what is allowed. The command ends with exit code 2. */
public final class UsageException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
