// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import java.util.Arrays;

/**
 * What the receiver found in one stream of the last phase; travels back as a line of text.
 *
 * @param delivered messages that were delivered
 * @param last sequence of the last of them
 * @param backwards messages that came twice, or after a later one
 * @param gaps times that a sequence did not follow the one before
 * @param dropped messages that the sender has dropped, as the receiver was told
 * @param singles single messages that came in, on the stream of the reliable mode; else 0
 */
public record ModeFindings(
    long delivered, long last, long backwards, long gaps, long dropped, long singles) {

  /** The text, with single spaces between the values. */
  String toText() {
    return delivered + " " + last + " " + backwards + " " + gaps + " " + dropped + " " + singles;
  }

  /**
   * Reads what {@link #toText} wrote.
   *
   * @throws IllegalArgumentException if the text is something else
   */
  public static ModeFindings parse(String text) {
    long[] parts = Arrays.stream(text.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    if (parts.length != 6) {
      throw new IllegalArgumentException("Not a report of the receiver: " + text);
    }
    return new ModeFindings(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
  }
}
