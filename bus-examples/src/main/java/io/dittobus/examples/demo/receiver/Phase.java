// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

/** What the receiver does with the file, one after the other. */
public enum Phase {
  /** An even pace. */
  STEADY(
      1,
      "steady",
      """
      the receiver takes the file at an even pace.
        Demand: it asks for some messages ahead, and for more as it consumes them.
        Credit: what it asked for ('granted') is what may be sent, never more; the sender could go
                faster, and waits for credit in between ('no credit').
        Acks:   say that the receiver's code has consumed a message, not just that it arrived.\
      """),
  /** A tenth of it. */
  SLOW(
      2,
      "slow",
      """
      the receiver becomes ten times as slow, so its demand comes ten times as seldom.
        The sender gets credit for a few messages at a time, and reads no further in the file:
        nothing piles up. The readings, on the same connection, go on as before, since a slow
        stream slows only itself.\
      """),
  /** No pauses. */
  FULL_SPEED(
      3,
      "full speed",
      """
      the receiver takes all it can get.
        Demand comes as fast as messages are consumed, and the sender waits only for that.\
      """);

  private final int number;
  private final String title;
  private final String explanation;

  Phase(int number, String title, String explanation) {
    this.number = number;
    this.title = title;
    this.explanation = explanation;
  }

  /** Its name. */
  public String title() {
    return title;
  }

  /** For people who see this for the first time. */
  public String explanation() {
    return "Phase " + number + ", " + title + ": " + explanation;
  }
}
