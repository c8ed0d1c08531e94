// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import java.util.BitSet;

/**
 * Counts by the index of each message what arrived twice, and what arrived after a later one. What
 * is lost shows at the end. One thread at a time.
 */
final class DeliveryCheck {

  private final BitSet seen = new BitSet();
  private long highest = -1;
  private long arrived;
  private long duplicated;
  private long reordered;

  /**
   * A message arrived.
   *
   * @param index 0 to 2^31-2
   * @throws IllegalArgumentException if it is outside
   */
  void accept(long index) {
    if (index < 0 || index >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException("An index is 0 to 2147483646; this is " + index);
    }
    arrived++;
    if (seen.get((int) index)) {
      duplicated++;
      return;
    }
    seen.set((int) index);
    if (index < highest) {
      reordered++;
    } else {
      highest = index;
    }
  }

  /** What was counted so far. */
  Count count() {
    return new Count(arrived, arrived - duplicated, duplicated, reordered);
  }

  /**
   * What arrived.
   *
   * @param arrived messages in all
   * @param distinct messages that are not the same as an earlier one
   * @param duplicated messages that are
   * @param reordered messages that came after one with a higher index
   */
  record Count(long arrived, long distinct, long duplicated, long reordered) {

    /** Messages of those sent that never arrived. */
    long lost(long sent) {
      return sent - distinct;
    }
  }
}
