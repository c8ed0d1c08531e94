// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

/**
 * What the receiver found in a stream; travels back to the sender as a line of text.
 *
 * @param messages messages that arrived, in all
 * @param bytes bytes of their payloads
 * @param distinct different indexes among them
 * @param duplicated messages whose index had arrived before
 * @param reordered messages that arrived after one with a greater index
 * @param malformed messages without a valid index
 * @param sha256 hash of the payloads in the order of their arrival, in hex
 * @param peakMemoryBytes the most memory that the receiver's process had; 0 if unknown
 */
public record Findings(
    long messages,
    long bytes,
    long distinct,
    long duplicated,
    long reordered,
    long malformed,
    String sha256,
    long peakMemoryBytes) {

  /** The text, with single spaces between the values. */
  String toText() {
    return messages
        + " "
        + bytes
        + " "
        + distinct
        + " "
        + duplicated
        + " "
        + reordered
        + " "
        + malformed
        + " "
        + sha256
        + " "
        + peakMemoryBytes;
  }

  /**
   * Reads what {@link #toText} wrote.
   *
   * @throws IllegalArgumentException if the text is something else
   */
  public static Findings parse(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != 8) {
      throw new IllegalArgumentException("Not a report of the receiver: " + text);
    }
    return new Findings(
        Long.parseLong(parts[0]),
        Long.parseLong(parts[1]),
        Long.parseLong(parts[2]),
        Long.parseLong(parts[3]),
        Long.parseLong(parts[4]),
        Long.parseLong(parts[5]),
        parts[6],
        Long.parseLong(parts[7]));
  }

  /** How many of so many sent messages never arrived. */
  public long lost(long sent) {
    return Math.max(0, sent - distinct);
  }

  /** Whether all sent messages arrived once and in order. The hash is not looked at. */
  public boolean complete(long sent) {
    return messages == sent
        && distinct == sent
        && duplicated == 0
        && reordered == 0
        && malformed == 0;
  }
}
