package io.cryptodm.contracts;

/** A secret cannot be read. The message names it and says why and what to do, and never holds any of its text. */
public final class SecretException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean denied;

  public SecretException(String message, boolean denied) {
    super(message);
    this.denied = denied;
  }

  /** Whether this process may not read it; AWS answers so, too, where no secret of the name exists. */
  public boolean denied() {
    return denied;
  }
}
