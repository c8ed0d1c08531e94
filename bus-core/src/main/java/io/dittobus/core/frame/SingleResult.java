// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.frame;

/** What became of a single message at its receiver, with its number on the wire (SM-4). */
public enum SingleResult {
  /** The application has consumed it. */
  CONSUMED(0),
  /** Nobody handles it, or it is not allowed. */
  REFUSED(1),
  /** The application took it and failed. */
  FAILED(2);

  private static final SingleResult[] RESULTS = values();

  final int number;

  SingleResult(int number) {
    this.number = number;
  }

  static SingleResult of(int number) throws FrameException {
    if (number >= RESULTS.length) {
      throw new FrameException("no result has number " + number);
    }
    return RESULTS[number];
  }
}
