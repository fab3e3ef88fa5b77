package io.cryptodm.contracts;

/** A secret cannot be read. The message has its name, the reason and what to do, and nothing of its text. */
public final class SecretException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean denied;

  public SecretException(String message, boolean denied) {
    super(message);
    this.denied = denied;
  }

  /** Whether permission is missing; AWS gives the same answer when no secret of the name exists. */
  public boolean denied() {
    return denied;
  }
}
