package io.cryptodm.producer.market;

/** A message that is none of the documented ones. */
public final class MalformedMessage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedMessage(String message) {
    super(message, null, false, false);
  }
}
