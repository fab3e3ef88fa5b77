package io.cryptodm.functions;

/** What a function says when it fails: what happened, where it was seen and what to do about it. */
public final class FunctionFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String where;
  private final String next;

  /**
   * @param where such as a URI or the id of a query; null for none
   * @param next a command or a sentence; null for none
   */
  public FunctionFault(String message, String where, String next, Throwable cause) {
    super(message, cause);
    this.where = where;
    this.next = next;
  }

  public String where() {
    return where;
  }

  public String next() {
    return next;
  }
}
