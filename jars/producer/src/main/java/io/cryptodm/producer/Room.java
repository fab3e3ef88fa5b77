package io.cryptodm.producer;

/** Whether there is room for more records where they go. */
public interface Room {
  /** Room without end. */
  Room ENDLESS = () -> null;

  /** Why nothing may be sent now; null when there is room. */
  String full();
}
