// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

/**
 * What is promised for the messages of a stream. The numbers are Ditto's, and those on the wire.
 */
public enum ReliabilityMode {
  /** A message that finds no credit is dropped and counted. */
  UNRELIABLE(1),
  /** The newest message replaces the one that waits; what is delivered only ever gets newer. */
  UNRELIABLE_SEQUENCED(2),
  /** Every message arrives, once, in order; the sender waits for credit. */
  RELIABLE(3);

  private final int number;

  ReliabilityMode(int number) {
    this.number = number;
  }

  /** Ditto's number of this mode, 1 to 3. */
  public int number() {
    return number;
  }

  /** Whether every message arrives. In the other modes a message may be dropped, and is counted. */
  public boolean isReliable() {
    return this == RELIABLE;
  }

  /**
   * The mode with this number.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ReliabilityMode of(int number) {
    return switch (number) {
      case 1 -> UNRELIABLE;
      case 2 -> UNRELIABLE_SEQUENCED;
      case 3 -> RELIABLE;
      default -> throw new IllegalArgumentException("No reliability mode has number " + number);
    };
  }
}
